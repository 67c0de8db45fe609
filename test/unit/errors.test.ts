import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { SspiError, accept, initiate } from 'sspi';
import { statusCode } from '#lib/errors/status-code';
import { CONTINUE, SEC_E_OK, bytes, credentialsFor, expectClean, rejection, script } from './support';

afterEach(expectClean);

describe('the code is the symbolic name', () => {
  test.each([
    [0, 'SEC_E_OK'],
    [0x00090312, 'SEC_I_CONTINUE_NEEDED'],
    [0x8009030c, 'SEC_E_LOGON_DENIED'],
    [0x80090346, 'SEC_E_BAD_BINDINGS'],
    [0x80090367, 'SEC_E_APPLICATION_PROTOCOL_MISMATCH'],
    [0x800b0109, 'CERT_E_UNTRUSTEDROOT'],
    [0xc000006d, 'STATUS_LOGON_FAILURE'],
    [0xc0000001, 'STATUS_UNSUCCESSFUL'],
    [0x8007052e, 'ERROR_LOGON_FAILURE'],
    [-2146893044, 'SEC_E_LOGON_DENIED'],
  ])('of 0x%x', (status, name) => expect(statusCode(status)).toBe(name));

  test.each([
    ['an NTSTATUS', 0xc0de0001, 'NTSTATUS_0xC0DE0001'],
    ['a Win32 value', 0x8007abcd, 'WIN32_0x8007ABCD'],
    ['anything else', 0x8009ffff, 'SSPI_0x8009FFFF'],
    ['an unknown success', 0x00012345, 'SSPI_0x00012345'],
  ])('unknown numbers keep their number: %s', (_, status, name) => expect(statusCode(status)).toBe(name));
});

describe('each status asks for its own remedy', () => {
  async function failure(
    status: number,
    packageName: string,
    side: 'initiator' | 'acceptor',
    token?: Buffer,
    wineVersion?: string,
  ) {
    script({ [side]: [{ status }], ...(wineVersion === undefined ? {} : { wineVersion }) });
    await using credentials = await credentialsFor(packageName);
    await using handshake = side === 'initiator' ? initiate(credentials) : accept(credentials);
    return await rejection(handshake.step(token));
  }

  test('no two of the easily merged ones share a hint', async () => {
    const statuses = [0x8009030e, 0x8009030c, 0x80090322, 0x80090303, 0x80090324, 0x80090311, 0x80090346];
    const hints = new Set<string | undefined>();
    for (const status of statuses) {
      const error = await failure(status, 'Kerberos', 'initiator');
      expect(error).toMatchObject({ status, api: 'InitializeSecurityContext', leg: 0 });
      expect(error.message).toContain(error.code);
      expect(error.message).toContain(error.hint as string);
      hints.add(error.hint);
    }
    expect(hints.size).toBe(statuses.length);
    expect(hints).not.toContain(undefined);
  });

  const spnego = Buffer.from('607606062b0601050502a06c306aa03c303a', 'hex');

  test.each([spnego, Buffer.from('60820595' + '06062b0601050502', 'hex'), Buffer.from('a1073005a0030a0100', 'hex')])(
    'a SPNEGO blob given to the Kerberos package returns SEC_E_INSUFFICIENT_MEMORY: say what really happened',
    async (token) => {
      const error = await failure(0x80090300, 'Kerberos', 'acceptor', token);
      expect(error.code).toBe('SEC_E_INSUFFICIENT_MEMORY');
      expect(error.hint).toMatch(/SPNEGO.*Negotiate/);
      expect(error.hint).toContain('memory is not short');
    },
  );

  test('the same status for another token does not claim to know', async () => {
    expect((await failure(0x80090300, 'Kerberos', 'acceptor', bytes('NTLMSSP'))).hint).toContain('usually');
    expect((await failure(0x80090300, 'Negotiate', 'acceptor', spnego)).hint).not.toContain('SPNEGO');
  });

  test('a malformed first blob on Negotiate’s ASC returns SEC_E_INVALID_HANDLE: say what really happened', async () => {
    const error = await failure(0x80090301, 'Negotiate', 'acceptor', bytes('garbage'));
    expect(error.code).toBe('SEC_E_INVALID_HANDLE');
    expect(error.hint).toMatch(/malformed/);
    expect((await failure(0x80090301, 'Negotiate', 'initiator')).hint).not.toMatch(/malformed/);
  });

  test('Wine’s Kerberos says 0xC0000001 for a wrong password', async () => {
    script({ credential: { status: 0xc0000001 }, wineVersion: '8.0' });
    const error = await rejection(credentialsFor('Kerberos', { identity: { user: 'a', domain: 'R', password: 'p' } }));
    expect(error).toMatchObject({ code: 'STATUS_UNSUCCESSFUL', status: 0xc0000001, api: 'AcquireCredentialsHandle' });
    expect(error.hint).toContain('password');
  });
});

describe('SspiError', () => {
  test('is recognised across duplicate copies and realms, and not mistaken', () => {
    let Copy!: typeof SspiError;
    jest.isolateModules(() => {
      Copy = (require('#lib/errors/sspi-error') as typeof import('#lib/errors/sspi-error')).SspiError;
    });
    expect(Copy).not.toBe(SspiError);
    const foreign = new Copy({ code: 'ERR_SSPI_BUSY', message: 'busy' });
    expect(foreign instanceof SspiError).toBe(true);
    expect(SspiError.isSspiError(foreign)).toBe(true);
    expect(SspiError.isSspiError(foreign, 'ERR_SSPI_BUSY')).toBe(true);
    expect(SspiError.isSspiError(foreign, 'ERR_SSPI_DISPOSED')).toBe(false);
    for (const other of [
      new Error('x'),
      null,
      undefined,
      'ERR_SSPI_BUSY',
      { code: 'ERR_SSPI_BUSY' },
      runInNewContext('new Error("x")'),
    ]) {
      expect(other instanceof SspiError).toBe(false);
    }
  });

  test('of a subclass is one of the class, not the other way round', () => {
    class Special extends SspiError {}
    const special = new Special({ code: 'ERR_SSPI_BUSY', message: 'm' });
    expect([special instanceof SspiError, special instanceof Special, special instanceof Error]).toEqual([
      true,
      true,
      true,
    ]);
    expect(new SspiError({ code: 'ERR_SSPI_BUSY', message: 'm' }) instanceof Special).toBe(false);
  });

  test('shows what helps and no token', () => {
    const error = new SspiError({
      code: 'SEC_E_LOGON_DENIED',
      message: 'm',
      status: -2146893044,
      api: 'AcceptSecurityContext',
      leg: 2,
      token: bytes('secret token'),
    });
    expect(error.status).toBe(0x8009030c);
    expect(error.name).toBe('SspiError');
    const shown = inspect(error, { depth: 5 });
    expect(shown).toContain('SEC_E_LOGON_DENIED');
    expect(shown).toContain('AcceptSecurityContext');
    expect(shown).not.toContain('73 65 63'); // "sec", as a Buffer would be shown
    expect(JSON.stringify(error)).toBe(
      '{"code":"SEC_E_LOGON_DENIED","status":2148074252,"api":"AcceptSecurityContext","leg":2}',
    );
    expect(error.token?.toString()).toBe('secret token');
  });

  test('of an abortion goes by the web’s name for it', () => {
    const error = new SspiError({ code: 'ERR_SSPI_ABORTED', message: 'm', cause: 'why' });
    expect(error).toMatchObject({ name: 'AbortError', cause: 'why' });
  });
});

test('inspections show state and no secrets', async () => {
  script({
    initiator: [
      { status: CONTINUE, token: bytes('t') },
      { status: SEC_E_OK, flags: 2 },
    ],
    attributes: { 9: bytes('key!') },
  });
  await using credentials = await credentialsFor();
  const client = initiate(credentials, { target: 'HTTP/web', flags: ['mutualAuth'] });
  expect(inspect(client)).toBe(
    "Handshake { role: 'initiator', package: 'Negotiate', target: 'HTTP/web', legs: 0, ready }",
  );
  await client.step();
  await client.step(bytes('x'));
  expect(inspect(client)).toBe(
    "Handshake { role: 'initiator', package: 'Negotiate', target: 'HTTP/web', legs: 2, established }",
  );
  expect(inspect(client.context, { showHidden: true })).toBe(
    "SecurityContext { role: 'initiator', package: 'Negotiate', flags: [mutualAuth] }",
  );
  await client.dispose();
  expect(inspect(client)).toContain('disposed');
  expect(inspect(client.context)).toContain('disposed');
});
