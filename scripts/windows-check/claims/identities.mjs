import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { acquireCredentials } from 'sspi';
import { expectSeen } from '../claim.mjs';
import { logOn } from '../handshake.mjs';
import { accountLogon, ownLogon } from '../logons.mjs';

/** @type {import('../claim.mjs').Claim[]} */
export const identities = [
  {
    id: 'client-name',
    title: 'The server knows the client’s name',
    check: ({ identity }) =>
      logOn(ntlm(identity), ({ server: { clientName } }) => {
        expectSeen(clientName !== undefined, 'clientName is undefined');
        const user = identity?.user ?? process.env.USERNAME;
        expectSeen(
          clientName.toLowerCase().endsWith(`\\${user.toLowerCase()}`),
          `clientName is ${clientName}, not that of ${user}`,
        );
        return clientName;
      }),
  },
  {
    id: 'native-names',
    title: 'Both sides know the principals in the package’s own form',
    check: ({ identity }) =>
      logOn(ntlm(identity), ({ client, server }) => {
        const text = `at the client: ${names(client)}; at the server: ${names(server)}`;
        expectSeen(server.nativeNames?.client !== undefined, text);
        return text;
      }),
  },
  {
    id: 'access-token',
    title: 'The server is told the SIDs of the client and its groups',
    check: ({ identity }) =>
      logOn(ntlm(identity), async ({ server }) => {
        const { user, groups, impersonationLevel } = await server.accessToken();
        const sids = groups.map(({ sid }) => sid);
        expectSeen(/^S-1-5-21-/.test(user.sid), `the user is ${user.sid}`);
        expectSeen(sids.includes(everyone), `Everyone is not among ${sids.join(', ')}`);
        return `${user.sid} in ${sids.length} groups (${sids.join(', ')}), level: ${impersonationLevel ?? 'a primary token'}`;
      }),
  },
  {
    id: 'impersonation',
    title: 'A function runs as the client, and the thread is the server’s again after it',
    needs: ['account'],
    check: ({ identity }) => logOn(ntlm(identity), ({ server }) => withPrivateFile((file) => actAs(server, file))),
  },
  {
    id: 'impersonated-credentials',
    title: 'Credentials that are acquired during impersonation are the client’s',
    needs: ['account'],
    check: ({ identity }) =>
      logOn(ntlm(identity), async ({ server }) => {
        let acquiring;
        server.impersonate(() => {
          acquiring = acquireCredentials({ package: 'NTLM', use: 'outbound' });
        });
        const credentials = await acquiring;
        try {
          const name = await credentials.name();
          expectSeen(name.toLowerCase().endsWith(identity.user.toLowerCase()), `they are of ${name}`);
          return name;
        } finally {
          await credentials.dispose();
        }
      }),
  },
];

const everyone = 'S-1-1-0';

const ntlm = (identity) => (identity === undefined ? ownLogon('NTLM') : accountLogon('NTLM', identity));

function names({ nativeNames }) {
  return nativeNames === undefined ? 'none' : `client ${nativeNames.client}, server ${nativeNames.server}`;
}

function actAs(server, file) {
  const before = attempt(file);
  const during = server.impersonate(() => attempt(file));
  const after = attempt(file);
  const found = `a file that only its owner may read: before ${before}, meanwhile ${during}, afterwards ${after}`;
  expectSeen(before === 'read' && /^E(ACCES|PERM)$/.test(during) && after === 'read', found);
  return found;
}

function attempt(file) {
  try {
    fs.readFileSync(file);
    return 'read';
  } catch (error) {
    return error.code;
  }
}

/** A file whose access list has the current user alone. */
async function withPrivateFile(use) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-check-'));
  try {
    const file = path.join(directory, 'private.txt');
    fs.writeFileSync(file, 'for its owner only');
    const { USERDOMAIN, USERNAME } = process.env;
    execFileSync('icacls', [file, '/inheritance:r', '/grant:r', `${USERDOMAIN}\\${USERNAME}:F`], {
      stdio: 'ignore',
      timeout: 20_000,
    });
    return await use(file);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
