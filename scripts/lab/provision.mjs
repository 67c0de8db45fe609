/** Making the test domain: Samba's database, the accounts of domain.mjs, keytab, certificate and krb5.conf. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { step } from '../common/progress.mjs';
import { run } from '../common/shell.mjs';
import * as domain from './domain.mjs';

const populateScript = fileURLToPath(new URL('populate.py', import.meta.url));

/** What Samba needs for logons and LDAP. Left out: its DNS, NetBIOS, replication and file servers. */
const services = 'rpc ldap cldap kdc winbindd';

/** Is the domain there, with the accounts that this checkout expects? */
export function isProvisioned(paths) {
  return fs.existsSync(paths.stamp) && fs.readFileSync(paths.stamp, 'utf8') === fingerprint();
}

/**
 * @param {import('./controller-paths.mjs').ControllerPaths} paths
 * @param {import('./roots.mjs').Root} root
 */
export async function provision(paths, root) {
  fs.rmSync(paths.directory, { recursive: true, force: true });
  fs.mkdirSync(paths.run, { recursive: true });
  await step(`making the domain ${domain.realm}`, () => run(...root.command('samba-tool', provisionArguments(paths))));
  fs.writeFileSync(paths.krb5Conf, krb5Conf());
  await makeCertificate(paths, root);
  await step('adding users, groups and services', () =>
    run(...root.command('/usr/bin/python3', [populateScript, paths.smbConf, paths.keytab]), {
      input: JSON.stringify(domain),
    }),
  );
  fs.writeFileSync(paths.stamp, fingerprint());
}

/** Changes whenever the domain must be made again. */
function fingerprint() {
  const hash = crypto.createHash('sha256');
  for (const file of [
    fileURLToPath(import.meta.url),
    fileURLToPath(new URL('domain.mjs', import.meta.url)),
    populateScript,
  ]) {
    hash.update(fs.readFileSync(file));
  }
  return hash.digest('hex');
}

function provisionArguments(paths) {
  const options = {
    interfaces: 'lo',
    'bind interfaces only': 'yes',
    'pid directory': paths.run,
    'server services': services,
    'prefork children': '2',
    // Nobody relies on this database after a power failure, and without fsync it is made in a fraction of the time.
    'ldb:nosync': 'yes',
    'log file': paths.log,
    'max log size': '0',
    'tls certfile': paths.certificate,
    'tls keyfile': paths.certificateKey,
    'tls cafile': paths.certificate,
  };
  return [
    'domain',
    'provision',
    `--targetdir=${paths.directory}`,
    `--realm=${domain.realm}`,
    `--domain=${domain.workgroup}`,
    '--server-role=dc',
    '--dns-backend=NONE',
    '--use-rfc2307',
    `--adminpass=${domain.administratorPassword}`,
    `--host-name=${domain.controller.name}`,
    `--host-ip=${domain.controller.address}`,
    ...Object.entries(options).map(([name, value]) => `--option=${name}=${value}`),
  ];
}

/** Its own issuer. Samba would make one without subject alternative names. */
async function makeCertificate(paths, root) {
  const { host, address } = domain.controller;
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-sha256', '-days', '3650', '-subj', `/CN=${host}`];
  const names = `subjectAltName=DNS:${host},DNS:localhost,IP:${address}`;
  const files = ['-keyout', paths.certificateKey, '-out', paths.certificate];
  await run(...root.command('openssl', [...args, '-addext', names, ...files]));
  fs.chmodSync(paths.certificateKey, 0o600);
}

function krb5Conf() {
  return `[libdefaults]
  default_realm = ${domain.realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1

[realms]
  ${domain.realm} = {
    kdc = ${domain.controller.address}
    admin_server = ${domain.controller.address}
  }

[domain_realm]
  .${domain.dnsDomain} = ${domain.realm}
  ${domain.dnsDomain} = ${domain.realm}
  localhost = ${domain.realm}
`;
}
