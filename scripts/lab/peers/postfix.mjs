/** Postfix with Cyrus SASL: SMTP with AUTH GSSAPI and GSS-SPNEGO, also after STARTTLS. It discards all messages. */
import { freePort } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = ['postfix', 'libsasl2-modules', 'libsasl2-modules-gssapi-mit'];

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const port = await freePort();
  const keytab = await place.keytabOf('postfix');
  place.fill('postfix-main.cf', { KEYTAB: keytab, KRB5_CONF: place.krb5Conf }, 'etc/main.cf');
  place.fill('postfix-master.cf', { PORT: port }, 'etc/master.cf');
  place.fill('postfix-sasl.conf', { KEYTAB: keytab }, 'etc/sasl/smtpd.conf');
  await place.folder('data', 'postfix');
  await place.folder('spool');
  const { stop } = await startServer('postfix', ['-c', place.path('etc'), 'start-fg'], {
    env: place.environment({ keytab }),
    log: place.path('stdout.log'),
    ports: [port],
  });
  return { stop, description: { host: 'mail.corp.test', port, log: place.path('postfix.log') } };
}
