/** Apache with mod_auth_gssapi, which this project did not write, as the server of clients in Windows' node.exe. */
import { Peers, peersCertificate, runOnWindows, type WindowsOptions } from '../support/lab';
import type { ClientsReport, ClientsSetting } from './clients';

jest.setTimeout(120_000);

const windowsPath = (file: string): string => `Z:${file.replaceAll('/', '\\')}`;

describe('Apache', () => {
  let peers: Peers;
  let urls: ClientsSetting['urls'];

  beforeAll(async () => {
    peers = await Peers.start('apache');
    const { host, port, tlsPort = 0 } = peers.get('apache');
    urls = {
      krb: `http://${host}:${port}/krb/`,
      neg: `http://${host}:${port}/neg/`,
      tls: `https://${host}:${tlsPort}/krb/`,
    };
  });

  afterAll(() => peers[Symbol.asyncDispose](), 30_000);

  const report = async (setting: ClientsSetting, options: WindowsOptions = {}): Promise<ClientsReport> => {
    const env = { TEST_CA: windowsPath(peersCertificate), ...options.env };
    const args = [JSON.stringify(setting)];
    const { stdout, stderr } = await runOnWindows('dist-test/interop/http-client/clients.js', args, {
      ...options,
      env,
    });
    if (!stdout.startsWith('{')) throw new Error(stderr);
    return JSON.parse(stdout) as ClientsReport;
  };

  test('signs on every client as the current user, by Kerberos, and proves its identity', async () => {
    const clients = ['agent', 'axios', 'got', 'needle', 'undici-6', 'undici', 'undici-8'];
    const signedOn = { krb: '200 alice@CORP.TEST', neg: '200 alice@CORP.TEST', tls: '200 alice@CORP.TEST' };
    expect(await report({ urls, clients })).toEqual(Object.fromEntries(clients.map((name) => [name, signedOn])));
  });

  test('signs on Node’s own fetch', async () => {
    const { krb = '', neg = '' } = urls;
    const signedOn = { krb: '200 alice@CORP.TEST', neg: '200 alice@CORP.TEST' };
    expect(await report({ urls: { krb, neg }, clients: ['fetch'] })).toEqual({ fetch: signedOn });
  });

  test('signs on by NTLM where that is permitted, and only there', async () => {
    const { neg = '' } = urls;
    const setting = { urls: { neg }, user: 'CORP\\bob', clients: ['agent', 'fetch'] };
    const options = { tickets: 'none', env: { SSPI_PASSWORD: 'Builder-2024!' } };
    const signedOn = { neg: '200 CORP\\bob' };
    expect(await report({ ...setting, ntlm: true }, options)).toEqual({ agent: signedOn, fetch: signedOn });
  });

  test('without a ticket the error says so', async () => {
    const { krb = '' } = urls;
    const result = await report({ urls: { krb }, clients: ['agent'] }, { tickets: 'none' });
    expect(result['agent']?.['krb']).toMatch(/^SEC_E_/);
  });
});
