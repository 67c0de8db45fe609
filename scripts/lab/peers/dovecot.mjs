/** Dovecot: IMAP with AUTHENTICATE GSSAPI and GSS-SPNEGO, without a security layer. */
import { freePorts } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = ['dovecot-imapd', 'dovecot-gssapi'];

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const [port, tlsPort] = await freePorts(2);
  const keytab = await place.keytabOf('nobody');
  const values = { PORT: port, TLS_PORT: tlsPort, KEYTAB: keytab, KRB5_CONF: place.krb5Conf };
  const file = place.fill('dovecot.conf', values);
  await place.folder('mail', 'nobody');
  const { stop } = await startServer('dovecot', ['-F', '-c', file], {
    env: place.environment({ keytab }),
    log: place.path('stdout.log'),
    ports: [port, tlsPort],
  });
  return { stop, description: { host: 'mail.corp.test', port, tlsPort, log: place.path('dovecot.log') } };
}
