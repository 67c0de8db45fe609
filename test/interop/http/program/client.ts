/**
 * A user whose requests with a new Kerberos token, and without one, alternate on a connection to a proxy. Each answer must
 * come from the context that its own token established: both ends of that have the same session key.
 */
import { createHash } from 'node:crypto';
import http from 'node:http';
import { acquireCredentials, initiate, type Credentials } from 'sspi';
import type { ClientReport, ClientSetting, ServedIdentity } from './protocol';

/** A NEGOTIATE_MESSAGE without names (MS-NLMP 2.2.1.1). */
const ntlmNegotiate = Buffer.concat([
  Buffer.from('NTLMSSP\0'),
  Buffer.from([1, 0, 0, 0, 0x07, 0x82, 0x08, 0xa2]),
  Buffer.alloc(16),
]).toString('base64');

interface Answer {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly token: Buffer | undefined;
  readonly body: string;
}

const setting = JSON.parse(process.argv[2] ?? '{}') as ClientSetting;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function ask(authorization?: string): Promise<Answer> {
  const headers = {
    Host: setting.host,
    'X-Client': setting.client,
    ...(authorization === undefined ? {} : { Authorization: authorization }),
  };
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port: setting.port, headers, agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
      response.on('end', () => {
        const [, token] = /^Negotiate (\S+)$/.exec(response.headers['www-authenticate'] ?? '') ?? [];
        resolve({
          status: response.statusCode ?? 0,
          challenge: response.headers['www-authenticate'],
          token: token === undefined ? undefined : Buffer.from(token, 'base64'),
          body: Buffer.concat(parts).toString(),
        });
      });
    });
    request.on('error', reject);
  });
}

/** @returns what is wrong, or undefined. */
async function signOn(credentials: Credentials): Promise<string | undefined> {
  await using handshake = initiate(credentials, { target: setting.target, flags: ['mutualAuth', 'integrity'] });
  const { token } = await handshake.step();
  const answer = await ask(`Negotiate ${token?.toString('base64') ?? ''}`);
  if (answer.status !== 200) return `${answer.status} ${answer.body}`;
  await handshake.step(answer.token);
  const own = createHash('sha256').update(handshake.context.sessionKey()).digest('hex');
  const { key, persisted } = JSON.parse(answer.body) as ServedIdentity;
  return key === own && !persisted ? undefined : answer.body;
}

async function main(): Promise<void> {
  await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
  const strange: string[] = [];
  const anonymous: Record<string, number> = {};
  for (let round = 0; round < setting.rounds; round++) {
    const wrong = await signOn(credentials);
    if (wrong !== undefined) strange.push(wrong);
    const { status } = await ask();
    anonymous[status] = (anonymous[status] ?? 0) + 1;
  }
  const { status, challenge } = await ask(`Negotiate ${ntlmNegotiate}`);
  agent.destroy();
  const ntlm = `${status} ${challenge ?? ''}`;
  const report: ClientReport = { paired: setting.rounds - strange.length, strange, anonymous, ntlm };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

void main();
