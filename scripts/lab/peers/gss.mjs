/**
 * GSSAPI without any protocol on top: python3-gssapi and MIT's gss-client (one program), the same with NTLM, the npm package
 * kerberos, and MIT's gss-server. They establish contexts with whoever connects, in either role: see files/gss-peer.py.
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { users, workgroup } from '../domain.mjs';
import { makeTickets } from './gss-tickets.mjs';
import { ensureKerberos, packages as buildPackages } from './npm-kerberos.mjs';
import { freePorts } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = ['python3-gssapi', 'krb5-gss-samples', 'gss-ntlmssp', 'krb5-user', ...buildPackages];

const program = (name) => fileURLToPath(new URL(`files/${name}`, import.meta.url));

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const [tickets, kerberosModule] = await Promise.all([makeTickets(place), ensureKerberos()]);
  const passwords = place.path('ntlm.users');
  const { name, password } = users.bob;
  fs.writeFileSync(passwords, `${workgroup}:${name}:${password}\n`);
  const byKerberos = {
    ...place.environment({ keytab: tickets.keytab }),
    KRB5_CONFIG: tickets.krb5Conf,
    KRB5CCNAME: tickets.cache,
  };
  const byNtlm = { ...place.environment({ ntlm: true }), NTLM_USER_FILE: passwords, KRB5CCNAME: 'FILE:/nonexistent' };
  const gssServers = Object.entries(tickets.keys).filter(([, { refused }]) => refused === undefined);
  const commands = {
    python: ['/usr/bin/python3', (port) => [program('gss-peer.py'), port], byKerberos],
    ntlm: ['/usr/bin/python3', (port) => [program('gss-peer.py'), port], byNtlm],
    kerberos: [process.execPath, (port) => [program('gss-kerberos.cjs'), kerberosModule, port], byKerberos],
    ...Object.fromEntries(
      gssServers.map(([key, { service, host }]) => [
        `gss-server ${key}`,
        ['gss-server', (port) => ['-port', port, `${service}@${host}`], byKerberos],
      ]),
    ),
  };
  const names = Object.keys(commands);
  const free = await freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, i) => [name, free[i]]));
  const started = await Promise.allSettled(
    Object.entries(commands).map(([name, [command, args, env]]) =>
      startServer(command, args(String(ports[name])), {
        env,
        log: place.path('gss.log'),
        ports: [ports[name]],
        root: place.root,
      }),
    ),
  );
  const stop = async () => {
    await Promise.all(started.filter(({ value }) => value).map(({ value }) => value.stop()));
    tickets.remove();
  };
  const failed = started.find(({ status }) => status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const { krb5Conf, cache, keytab, keys, directory } = tickets;
  const log = place.path('gss.log');
  const description = { host: 'peer.corp.test', ports, krb5Conf, cache, keytab, keys, directory, log };
  return { stop, description };
}
