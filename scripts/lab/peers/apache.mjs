/** Apache with mod_auth_gssapi: Kerberos at /krb, Kerberos and NTLM at /neg, plain and inside TLS. */
import fs from 'node:fs';
import { freePorts } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = ['apache2', 'libapache2-mod-auth-gssapi', 'gss-ntlmssp', 'libgssapi-krb5-2'];

const modules = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'auth_basic',
  'alias',
  'dir',
  'env',
  'headers',
  'mime',
  'ssl',
  'socache_shmcb',
  'auth_gssapi',
];

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const [port, tlsPort] = await freePorts(2);
  const www = await place.folder('www');
  for (const name of ['krb', 'neg', 'open']) {
    fs.mkdirSync(`${www}/${name}`);
    fs.writeFileSync(`${www}/${name}/index.html`, `${name}\n`);
  }
  const lines = modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  const values = { PORT: port, TLS_PORT: tlsPort, KEYTAB: place.keytab, MODULES: lines.join('\n') };
  const file = place.fill('apache.conf', values);
  await place.folder('.', 'nobody');
  // The group lets gss-ntlmssp ask the domain controller's winbind whether a password is right.
  const account = { user: 'nobody', group: 'nogroup', groups: ['winbindd_priv'] };
  const { stop } = await startServer('apache2', ['-f', file, '-DFOREGROUND'], {
    env: place.environment({ ntlm: true }),
    log: place.path('stdout.log'),
    ports: [port, tlsPort],
    account,
  });
  return { stop, description: { host: 'apache.corp.test', port, tlsPort, log: place.path('error.log') } };
}
