/** `sspi probe ldap://…` against a directory in this process, which binds with the acceptor of sspi/sasl. */
import { cliJson, type JsonRun } from './support';
import { bindAnswer, FakeDirectory, type Faults } from '../ldap/directory';
import { cleanUp, domain, target } from '../sasl/support';
import type { MechanismOptions } from 'sspi/sasl';

afterEach(cleanUp);

interface Probed extends JsonRun {
  readonly directory: FakeDirectory;
}

async function probe(
  args: readonly string[] = [],
  options: Partial<MechanismOptions> = {},
  faults: Faults & { readonly ldaps?: boolean } = {},
): Promise<Probed> {
  domain();
  const directory = await FakeDirectory.start(options, faults);
  const url = `${faults.ldaps === true ? 'ldaps' : 'ldap'}://127.0.0.1:${directory.port}`;
  const run = await cliJson(['probe', url, '--spn', target, '--timeout', '10', ...args]);
  return { ...run, directory };
}

const kerberos = ['--package', 'Kerberos'];

describe('sspi probe of a directory', () => {
  it.each([
    ['GSSAPI', kerberos],
    ['GSS-SPNEGO', []],
  ])('binds by %s, sealed, and says who the client is to it', async (mechanism, args) => {
    const { code, answer, directory } = await probe(args);
    expect(answer.error).toBeUndefined();
    expect(code).toBe(0);
    expect(answer.result).toMatchObject({
      outcome: 'established',
      target: { kind: 'ldap', spn: target },
      package: { used: 'Kerberos' },
      service: { mechanism, protection: 'sealed', account: 'u:EXAMPLE\\alice' },
    });
    expect(directory.binds).toEqual(['EXAMPLE\\alice confidentiality']);
    // What was asked after the bind can be read by nobody else.
    expect(Buffer.concat(directory.received).toString('latin1')).not.toContain('1.3.6.1.4.1.4203.1.11.3');
  });

  it('shows the tokens of both sides, and the offer of the layers as one', async () => {
    const { answer } = await probe(kerberos);
    expect(answer.result.legs.map(({ from, call, status }) => [from, call, status])).toEqual([
      ['client', 'InitializeSecurityContext', 'SEC_I_CONTINUE_NEEDED'],
      ['server', undefined, 'saslBindInProgress'],
      ['client', 'InitializeSecurityContext', 'SEC_E_OK'],
      ['server', undefined, 'saslBindInProgress'],
    ]);
  });

  it('takes the best layer that the server offers', async () => {
    const { answer, directory } = await probe(kerberos, { layer: 'integrity' });
    expect(answer.error).toBeUndefined();
    expect(answer.result.service).toMatchObject({ protection: 'signed' });
    expect(directory.binds).toEqual(['EXAMPLE\\alice integrity']);
  });

  it('needs no layer inside TLS', async () => {
    const args = [...kerberos, '--insecure', '--no-channel-bindings'];
    const { answer, directory } = await probe(args, { layer: ['confidentiality', 'none'] }, { ldaps: true });
    expect(answer.error).toBeUndefined();
    expect(answer.result.service).toMatchObject({ protection: 'TLS', account: 'u:EXAMPLE\\alice' });
    expect(directory.binds).toEqual(['EXAMPLE\\alice none']);
  });

  it('shows a refusal as the server’s leg, and says what it means', async () => {
    const diagnostic = '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 775, v4563\0';
    const { code, answer } = await probe([], {}, { onBind: (id) => bindAnswer(id, 49, diagnostic) });
    expect(code).toBe(1);
    expect(answer.error).toMatchObject({
      code: 'ERR_SSPI_CLI_REFUSED',
      message: expect.stringContaining('invalidCredentials'),
      hint: expect.stringContaining('ERROR_ACCOUNT_LOCKED_OUT'),
    });
    expect(answer.result.legs.at(-1)).toMatchObject({ from: 'server', status: 'invalidCredentials', failed: true });
  });

  it.each<[string, Faults, string]>([
    ['garbage', { onBind: () => Buffer.from('HTTP/1.1 400') }, 'ERR_SSPI_LDAP_MESSAGE'],
    ['success at once', { onBind: (id) => bindAnswer(id, 0) }, 'ERR_SSPI_LDAP_MESSAGE'],
    [
      'more than the last answer',
      { answerBind: (answer, step) => (step === 2 ? Buffer.concat([answer, bindAnswer(9, 0)]) : answer) },
      'ERR_SSPI_LDAP_MESSAGE',
    ],
    [
      'nothing more',
      {
        onBind: (_, __, socket) => {
          socket.end();
          return Buffer.alloc(0);
        },
      },
      'ERR_SSPI_PEER_ENDED',
    ],
  ])('does not believe a server that says %s', async (_, faults, code) => {
    const { answer, directory } = await probe(kerberos, {}, faults);
    expect(answer).toMatchObject({ ok: false, error: { code }, result: { outcome: 'failed' } });
    // Only the root DSE has been read.
    expect(directory.operations).toBe(1);
  });
});
