/** OpenLDAP's server with SASL GSSAPI and GSS-SPNEGO, in plain text, with StartTLS and with TLS. */
import { run } from '../../common/shell.mjs';
import { freePorts } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = ['slapd', 'ldap-utils', 'sasl2-bin', 'libsasl2-modules-gssapi-mit'];

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const [port, tlsPort] = await freePorts(2);
  const file = place.fill('slapd.conf', { KEY: await place.certificateKeyOf('openldap') });
  const entries = place.fill('directory.ldif', {});
  await place.folder('db', 'openldap');
  await place.folder('.', 'openldap');
  const environment = place.environment({ keytab: await place.keytabOf('openldap') });
  await run(
    'setpriv',
    ['--reuid=openldap', '--regid=openldap', '--clear-groups', 'slapadd', '-q', '-f', file, '-l', entries],
    {
      env: environment,
    },
  );
  const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`;
  const { stop } = await startServer('slapd', ['-f', file, '-h', urls, '-d', 'stats'], {
    env: environment,
    log: place.path('slapd.log'),
    ports: [port, tlsPort],
    account: { user: 'openldap', group: 'openldap' },
  });
  return {
    stop,
    description: { host: 'ldap.corp.test', port, tlsPort, base: 'dc=peers,dc=test', log: place.path('slapd.log') },
  };
}
