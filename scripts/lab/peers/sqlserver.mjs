/** A server that follows SQL Server's protocol, on MIT Kerberos and gss-ntlmssp: see files/sqlserver.py. No SQL Server. */
import { fileURLToPath } from 'node:url';
import { freePort } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = ['python3-gssapi', 'gss-ntlmssp', 'libgssapi-krb5-2'];

const program = fileURLToPath(new URL('files/sqlserver.py', import.meta.url));
const modes = ['plain', 'login', 'tls', 'strict', 'denying', 'routing'];
const instance = 'PAYROLL';

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const ports = Object.fromEntries(await Promise.all(modes.map(async (mode) => [mode, await freePort()])));
  const log = place.path('sqlserver.log');
  const arguments_ = [
    program,
    place.certificate,
    place.certificateKey,
    `sql2.corp.test:${ports.plain}`,
    ...Object.entries(ports).map(([mode, port]) => `${mode}=${port}`),
    `browser=${instance}:${ports.plain}`,
  ];
  // As root, so that gss-ntlmssp may ask the domain controller's winbind whether a password is right.
  const { stop } = await startServer('/usr/bin/python3', arguments_, {
    env: place.environment({ ntlm: true }),
    log,
    ports: Object.values(ports),
  });
  return { stop, description: { host: 'sql.corp.test', port: ports.plain, ports, instance, log } };
}
