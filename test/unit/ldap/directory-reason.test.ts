import { InvalidCredentialsError } from 'ldapts';
import { directoryReason } from 'sspi/ldap';

const text = (status: string, data: string): string =>
  `${status}: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${data}, v4563`;

test.each([
  ['525', 'ERROR_NO_SUCH_USER'],
  ['52e', 'ERROR_LOGON_FAILURE'],
  ['52f', 'ERROR_ACCOUNT_RESTRICTION'],
  ['530', 'ERROR_INVALID_LOGON_HOURS'],
  ['531', 'ERROR_INVALID_WORKSTATION'],
  ['532', 'ERROR_PASSWORD_EXPIRED'],
  ['533', 'ERROR_ACCOUNT_DISABLED'],
  ['701', 'ERROR_ACCOUNT_EXPIRED'],
  ['773', 'ERROR_PASSWORD_MUST_CHANGE'],
  ['775', 'ERROR_ACCOUNT_LOCKED_OUT'],
])('data %s of a driver’s error is %s', (data, name) => {
  const reason = directoryReason(new InvalidCredentialsError(text('80090308', data)));
  expect(reason).toMatchObject({
    data,
    name,
    meaning: expect.stringMatching(/\.$/),
    remedy: expect.stringMatching(/\.$/),
  });
});

test('channel bindings, in both spellings', () => {
  expect(directoryReason(text('80090346', '35b'))?.meaning).toMatch(/channel bindings/);
  expect(directoryReason(text('80090346', '80090346'))?.name).toBe('SEC_E_BAD_BINDINGS');
});

test('the status counts where the number says nothing', () => {
  expect(directoryReason(text('8009030C', '0'))?.name).toBe('SEC_E_LOGON_DENIED');
  expect(directoryReason(text('80090308', '0052E'))?.name).toBe('ERROR_LOGON_FAILURE');
});

test.each([
  ['another text', 'invalid credentials, data 52e'],
  ['an unknown number', text('8009ffff', 'fff')],
  ['nothing', undefined],
  ['an object without a message', {}],
  ['a number', 49],
])('undefined for %s', (_, value) => {
  expect(directoryReason(value)).toBeUndefined();
});
