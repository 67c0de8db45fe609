/** Kerberos tickets of the test users, as MIT Kerberos keeps them for Wine's secur32. */
import fs from 'node:fs';
import path from 'node:path';
import { realm, users } from './domain.mjs';
import { run } from '../common/shell.mjs';

/**
 * Logs `user` on and writes the ticket into a new credential cache.
 * @param {string} user a key of `users`
 * @param {string} file
 */
export async function writeTickets(user, file, krb5Conf, root) {
  const { name, password } = users[user];
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const env = { ...process.env, KRB5_CONFIG: krb5Conf, LC_ALL: 'C.UTF-8' };
  await run(...root.command('kinit', ['-c', `FILE:${file}`, `${name}@${realm}`]), { env, input: `${password}\n` });
}
