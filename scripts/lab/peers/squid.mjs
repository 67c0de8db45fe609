/** Squid, a proxy that requires Negotiate (Kerberos, raw NTLM) or NTLM. It never sends the server's last Kerberos token. */
import { freePort } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = ['squid', 'libgssapi-krb5-2'];

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const port = await freePort();
  const file = place.fill('squid.conf', { PORT: port, KEYTAB: await place.keytabOf('proxy') });
  await place.folder('.', 'proxy');
  const { stop } = await startServer('squid', ['-f', file, '-N', '-n', `peer${process.pid}`], {
    env: { ...place.environment(), SMB_CONF_PATH: place.controller.smbConf },
    log: place.path('stdout.log'),
    ports: [port],
    account: { user: 'proxy', group: 'proxy', groups: ['winbindd_priv'] },
  });
  return { stop, description: { host: 'proxy.corp.test', port, log: place.path('access.log') } };
}
