/**
 * SPNEGO in more than one leg. Wine's own Negotiate sends the mechanism's bare token, and with Kerberos there is one leg only;
 * with Debian's gss-ntlmssp, Wine's acceptor also takes NTLM inside SPNEGO. The programs here have that mechanism, by
 * GSS_MECH_CONFIG, and nothing else on the machine has.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runInLab } from '../support/lab';
import { Servers } from './servers';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-spnego-'));
const mechanisms = path.join(directory, 'mechanisms.conf');
const library = '/usr/lib/x86_64-linux-gnu/gssntlmssp/gssntlmssp.so';
fs.writeFileSync(mechanisms, `gssntlmssp_v1 1.3.6.1.4.1.311.2.2.10 ${library}\n`);

/** @returns an environment in which the program signs on as bob. */
function asBob(password: string): Readonly<Record<string, string>> {
  const file = path.join(directory, password);
  fs.writeFileSync(file, `CORP:bob:${password}\n`);
  return { GSS_MECH_CONFIG: mechanisms, NTLM_USER_FILE: file };
}

let servers: Servers;
let accepting: string;
let refusing: string;

beforeAll(async () => {
  const settings = [
    { port: 0, options: { ntlm: 'allow' } },
    { port: 0, options: { ntlm: 'loopback' } },
  ] as const;
  servers = await Servers.start(settings, { env: { GSS_MECH_CONFIG: mechanisms } });
  [accepting, refusing] = servers.ports.map((port) => `http://web.corp.test:${port}/`) as [string, string];
}, 120_000);

afterAll(async () => {
  await servers[Symbol.asyncDispose]();
  fs.rmSync(directory, { recursive: true });
}, 30_000);

async function curl(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  const all = ['-si', '--max-time', '30', '--negotiate', '-u', ':', ...args];
  return (await runInLab('curl', all, { tickets: 'none', env })).stdout;
}

const statuses = (answer: string): readonly string[] => answer.match(/(?<=^HTTP\/1\.1 )\d+/gm) ?? [];
/** What the tokens of NegTokenResp begin with (RFC 4178 4.2.2), in DER. */
const tokens = (answer: string): readonly Buffer[] =>
  (answer.match(/(?<=^WWW-Authenticate: Negotiate )\S+$/gm) ?? []).map((text) => Buffer.from(text, 'base64'));

test('two legs of SPNEGO, a final token with the checksum of the mechanisms, and no handshake for the next request', async () => {
  const answer = await curl(asBob('Builder-2024!'), accepting, accepting);
  expect(statuses(answer)).toEqual(['401', '200', '200']);
  const [challenge, final, ...more] = tokens(answer);
  expect(more).toEqual([]);
  expect([challenge?.[0], final?.[0]]).toEqual([0xa1, 0xa1]);
  expect(challenge?.includes('NTLMSSP\0')).toBe(true);
  expect(final?.includes('NTLMSSP\0')).toBe(false);
  expect(answer.match(/"package":"\w+","persisted":\w+/g)).toEqual([
    '"package":"NTLM","persisted":false',
    '"package":"NTLM","persisted":true',
  ]);
}, 60_000);

test('a POST is sent again with the second leg', async () => {
  const body = 'y'.repeat(100_000);
  const answer = await curl(asBob('Builder-2024!'), '--data-binary', body, accepting);
  expect(answer.endsWith(body)).toBe(true);
}, 60_000);

test('a wrong password is refused at the second leg', async () => {
  const answer = await curl(asBob('wrong'), accepting);
  // Wine makes an internal error of what gss-ntlmssp says, which is answered 500; Windows says SEC_E_LOGON_DENIED.
  expect(statuses(answer).join(' ')).toMatch(/^401 (401|500)$/);
  await servers.refusal(({ code }) => code.startsWith('SEC_E_'));
  expect(tokens(answer).filter((token) => token.includes('NTLMSSP\0'))).toHaveLength(1);
}, 60_000);

test('NTLM inside SPNEGO is refused before it is accepted, where the rule does not allow it', async () => {
  const answer = await curl(asBob('Builder-2024!'), refusing);
  expect(statuses(answer)[0]).toBe('401');
  expect(statuses(answer)).not.toContain('200');
  expect(tokens(answer)).toEqual([]);
  await servers.refusal((record) => record.package === 'NTLM');
}, 60_000);
