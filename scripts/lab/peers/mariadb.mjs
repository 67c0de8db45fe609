/** MariaDB with auth_gssapi: the account `alice` signs on with her ticket. */
import { run } from '../../common/shell.mjs';
import { freePort } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = [
  'mariadb-server',
  'mariadb-client',
  'mariadb-plugin-gssapi-server',
  'mariadb-plugin-gssapi-client',
];

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const port = await freePort();
  const file = place.fill('mariadb.cnf', { PORT: port, KEYTAB: await place.keytabOf('mysql') });
  await place.folder('data', 'mysql');
  await place.folder('.', 'mysql');
  const env = place.environment();
  await run('mariadb-install-db', [`--defaults-file=${file}`, '--auth-root-authentication-method=normal'], { env });
  const { stop } = await startServer('mariadbd', [`--defaults-file=${file}`], {
    env,
    log: place.path('mariadb.log'),
    ports: [port],
    account: { user: 'mysql', group: 'mysql' },
  });
  await run('mariadb', ['--no-defaults', '-u', 'root', `--socket=${place.path('socket')}`], {
    env,
    input: `delete from mysql.global_priv where user = ''; flush privileges;
      create user alice identified via gssapi using 'alice@CORP.TEST'; grant select on *.* to alice;`,
  });
  return { stop, description: { host: 'db.corp.test', port, log: place.path('mariadb.log') } };
}
