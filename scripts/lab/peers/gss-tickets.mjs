/**
 * Kerberos for both sides of the raw GSSAPI peers: tickets of alice whose session keys are of each type, and the keys of their
 * services. libkrb5 takes a ticket that is in the cache for whatever key it has, so the name of the service selects the key.
 */
import fs from 'node:fs';
import path from 'node:path';
import { capture, run } from '../../common/shell.mjs';
import { labDir } from '../config.mjs';
import { realm, users } from '../domain.mjs';

/** By type of key. The controller's own account is the one that may still use RC4: those of services have AES keys only. */
const services = {
  aes256: { encryption: 'aes256-cts-hmac-sha1-96', service: 'host', host: 'peer.corp.test' },
  aes128: { encryption: 'aes128-cts-hmac-sha1-96', service: 'imap', host: 'mail.corp.test' },
  rc4: { encryption: 'arcfour-hmac', service: 'ldap', host: 'dc1.corp.test' },
};

/** The LDAP server of the controller, by another name of it: under the one above there is a ticket already. */
const directories = { aes256: { encryption: services.aes256.encryption, service: 'ldap', host: 'localhost' } };

/**
 * @param {import('./place.mjs').PeerPlace} place
 * @returns the files, which programs inside the lane's root can see, too, and by type of key the service; `refused`: why the
 *   controller makes no such ticket
 */
export async function makeTickets(place) {
  const folder = path.join(labDir, 'peers', path.basename(place.directory));
  fs.mkdirSync(folder, { recursive: true });
  const file = (name) => path.join(folder, name);
  const krb5Conf = file('krb5.conf');
  const cache = `FILE:${file('tickets')}`;
  const keytab = file('keytab');
  // Debian 13's libkrb5 refuses RC4 otherwise; Debian 12's does not know the option.
  const text = fs
    .readFileSync(place.krb5Conf, 'utf8')
    .replace('[libdefaults]\n', '[libdefaults]\n  allow_rc4 = true\n');
  fs.writeFileSync(krb5Conf, text);
  fs.copyFileSync(place.keytab, keytab);

  const env = { ...place.environment(), KRB5_CONFIG: krb5Conf, KRB5CCNAME: cache };
  const { name, password } = users.alice;
  await run(...place.root.inNetwork('kinit', [`${name}@${realm}`]), { env, input: `${password}\n` });
  const keys = await askFor(services, place, env);
  const directory = await askFor(directories, place, env);
  if (keys.rc4.refused === undefined) await addKeys(place, keytab, keys.rc4.spn);
  const remove = () => fs.rmSync(folder, { recursive: true, force: true });
  return { krb5Conf, cache, keytab, keys, directory, remove };
}

async function askFor(wanted, place, env) {
  const keys = {};
  for (const [key, { encryption, service, host }] of Object.entries(wanted)) {
    const spn = `${service}/${host}`;
    const asked = await capture(...place.root.inNetwork('kvno', ['-q', '-e', encryption, spn]), { env });
    const refused = asked.code === 0 ? undefined : asked.stderr.trim();
    keys[key] = { spn, service, host, ...(refused === undefined ? {} : { refused }) };
  }
  return keys;
}

/** Adds the keys of a service of the controller's own. */
async function addKeys(place, keytab, spn) {
  const options = [`--principal=${spn}`, `--configfile=${place.controller.smbConf}`];
  await run(...place.root.command('samba-tool', ['domain', 'exportkeytab', keytab, ...options]));
}
