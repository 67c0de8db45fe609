import { accept, acquireCredentials, initiate, type AcquireCredentialsOptions, type SecurityContext } from 'sspi';
import { bytes, credentialsFor, expectClean, rejection, script, thrown } from './support';
import type { BindingScript } from '#lib/testing/script';
import type { GrantedFlag } from '#lib/flags/tables';

afterEach(expectClean);

async function accepted(more: BindingScript = {}, packageName = 'Kerberos', flags: readonly GrantedFlag[] = []) {
  const binding = script({ acceptor: [{ flags }], initiator: [{}], ...more });
  const credentials = await credentialsFor(packageName);
  const server = accept(credentials);
  await server.step(bytes('x'));
  const end = async () => {
    await server.dispose();
    await credentials.dispose();
  };
  return { binding, context: server.context, credentials, end };
}

const token = (impersonationLevel: number) => ({
  accessToken: { user: 'S-1-5-21-1-2-3-1103', groups: [], isPrimary: false, impersonationLevel },
});

const forClient = (context: SecurityContext, more: Partial<AcquireCredentialsOptions> = {}) =>
  acquireCredentials({ package: 'Kerberos', use: 'outbound', onBehalfOf: context, ...more });

test('a client that delegated is signed on for', async () => {
  const { binding, context, end } = await accepted(token(3));
  const credentials = await forClient(context);
  expect(credentials).toMatchObject({ package: 'Kerberos', use: 'outbound' });
  expect(binding.callsOf('AcquireCredentialsHandle').at(-1)).toMatchObject({
    use: 2,
    identity: undefined,
    onBehalfOf: 1,
  });
  await credentials.dispose();
  await end();
});

test('with constrained delegation impersonation is enough', async () => {
  const { context, end } = await accepted(token(2));
  const credentials = await forClient(context, { delegation: 'constrained' });
  await credentials.dispose();
  await end();
});

describe('a client that did not delegate is not, and the missing setting is named', () => {
  test.each<[string, number, string, readonly GrantedFlag[], RegExp]>([
    ['anonymous', 0, 'Kerberos', [], /anonymous/],
    ['identification only', 1, 'Kerberos', [], /identify.*SeImpersonatePrivilege/],
    ['impersonation without delegation', 2, 'Kerberos', [], /constrained.*trusted for delegation.*Protected Users/],
    [
      'delegation that the account may not have',
      2,
      'Kerberos',
      ['delegate', 'mutualAuth'],
      /sensitive.*Protected Users/,
    ],
    ['NTLM', 2, 'NTLM', [], /NTLM cannot delegate/],
  ])('%s', async (_, level, packageName, flags, hint) => {
    const { binding, context, end } = await accepted(token(level), packageName, flags);
    expect(await rejection(forClient(context))).toMatchObject({
      code: 'ERR_SSPI_NOT_DELEGATED',
      hint: expect.stringMatching(hint) as string,
    });
    // The call itself was never made.
    expect(binding.callsOf('AcquireCredentialsHandle')).toHaveLength(1);
    await end();
  });

  test('identification is never enough', async () => {
    const { context, end } = await accepted(token(1));
    expect(await rejection(forClient(context, { delegation: 'constrained' }))).toMatchObject({
      code: 'ERR_SSPI_NOT_DELEGATED',
    });
    await end();
  });
});

test('a client that cannot be impersonated at all is the status’s to explain', async () => {
  const { context, end } = await accepted({ ...token(3), impersonation: 'SEC_E_NO_IMPERSONATION' });
  expect(await rejection(forClient(context))).toMatchObject({
    code: 'SEC_E_NO_IMPERSONATION',
    api: 'ImpersonateSecurityContext',
  });
  await end();
});

test('a credential that is refused is the status’s to explain', async () => {
  let calls = 0;
  const { context, end } = await accepted({
    ...token(3),
    credential: () => (calls++ === 0 ? {} : { status: 'SEC_E_NO_CREDENTIALS' }),
  });
  expect(await rejection(forClient(context))).toMatchObject({
    code: 'SEC_E_NO_CREDENTIALS',
    api: 'AcquireCredentialsHandle',
  });
  await end();
});

test('what impersonate refuses it sends here', async () => {
  const { context, end } = await accepted(token(3));
  const error = thrown(() => context.impersonate((async () => 1) as never));
  expect(error).toMatchObject({
    code: 'ERR_SSPI_PROMISE_REFUSED',
    hint: expect.stringContaining('onBehalfOf') as string,
  });
  await end();
});

describe('bad input', () => {
  const invalid = { code: 'ERR_SSPI_INVALID_ARGUMENT' };

  test.each<[string, Partial<AcquireCredentialsOptions>]>([
    ['another use', { use: 'both' }],
    ['an identity beside it', { identity: { user: 'a', password: 'b' } }],
    ['an unknown delegation', { delegation: 'full' as 'constrained' }],
  ])('%s', async (_, more) => {
    const { context, end } = await accepted(token(3));
    expect(await rejection(forClient(context, more))).toMatchObject(invalid);
    await end();
  });

  test.each<[string, unknown]>([
    ['no context', {}],
    ['null', null],
    ['a text', 'context'],
  ])('%s', async (_, context) => {
    script({});
    expect(await rejection(forClient(context as SecurityContext))).toMatchObject(invalid);
  });

  test('an initiator’s context', async () => {
    const { credentials, end } = await accepted(token(3));
    const client = initiate(credentials);
    await client.step();
    expect(await rejection(forClient(client.context))).toMatchObject(invalid);
    await client.dispose();
    await end();
  });

  test('a disposed context', async () => {
    const { context, end } = await accepted(token(3));
    await context.dispose();
    expect(await rejection(forClient(context))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    await end();
  });
});
