/**
 * The test domain. The passwords are deliberately constants: the domain controller listens only on the loopback interface, it
 * contains only these accounts, and a constant can be typed into a debugger.
 */
export const realm = 'CORP.TEST';
export const workgroup = 'CORP';
export const dnsDomain = 'corp.test';
export const controller = { name: 'dc1', host: 'dc1.corp.test', address: '127.0.0.1' };
export const administratorPassword = 'Lab-Admin-2024!';

/** By role in the tests. `name` is the sAMAccountName; `passwordBefore` is the one that the keytab was made with. */
export const users = {
  alice: { name: 'alice', password: 'Wonderland-2024!' },
  bob: { name: 'bob', password: 'Builder-2024!' },
  disabled: { name: 'dora', password: 'Disabled-2024!', disabled: true },
  expired: { name: 'edgar', password: 'Expired-2024!', accountExpired: true },
  mustChangePassword: { name: 'mallory', password: 'Change-Me-2024!', mustChangePassword: true },
  nonAscii: { name: 'jürgen.größe', password: 'Paßwörd-2024-€' },
  webService: { name: 'websvc', password: 'Service-2024!', service: true },
  staleService: { name: 'stalesvc', password: 'Renewed-2024!', passwordBefore: 'Stale-2024!', service: true },
  peerService: { name: 'peersvc', password: 'Peers-2024!', service: true },
  sqlService: { name: 'sqlsvc', password: 'Fake-Sql-2024!', service: true },
};

/** Members may be users (by sAMAccountName) or groups: alice belongs to `everyone-at-corp` through two others. */
export const groups = {
  developers: ['alice'],
  staff: ['developers', 'bob'],
  'everyone-at-corp': ['staff', 'jürgen.größe'],
};

/** Service principal names by role in the tests. */
export const services = {
  /** Its key is in the keytab. */
  web: { spn: 'HTTP/web.corp.test', account: 'websvc' },
  /** A second name of the same account, in the keytab too. */
  intranet: { spn: 'HTTP/intranet.corp.test', account: 'websvc' },
  /** Its account's password changed after the keytab was written: the acceptor's key is old. */
  stale: { spn: 'HTTP/stale.corp.test', account: 'stalesvc' },
  /** No account owns it. */
  unknown: { spn: 'HTTP/unknown.corp.test', account: undefined },

  // Third-party servers of the interop suites. SPNs have no case in Active Directory, but keytab entries do: each is
  // written as its clients ask for it.
  apache: { spn: 'HTTP/apache.corp.test', account: 'peersvc' },
  proxy: { spn: 'HTTP/proxy.corp.test', account: 'peersvc' },
  host: { spn: 'host/peer.corp.test', account: 'peersvc' },
  directory: { spn: 'ldap/ldap.corp.test', account: 'peersvc' },
  imap: { spn: 'imap/mail.corp.test', account: 'peersvc' },
  smtp: { spn: 'smtp/mail.corp.test', account: 'peersvc' },
  postgres: { spn: 'postgres/db.corp.test', account: 'peersvc' },
  mariadb: { spn: 'MariaDB/db.corp.test', account: 'peersvc' },
  mongodb: { spn: 'mongodb/db.corp.test', account: 'peersvc' },
  kafka: { spn: 'kafka/kafka.corp.test', account: 'peersvc' },
  sql: { spn: 'MSSQLSvc/sql.corp.test', account: 'sqlsvc' },
  sqlOnItsPort: { spn: 'MSSQLSvc/sql.corp.test:1433', account: 'sqlsvc' },
  sqlOnAnotherPort: { spn: 'MSSQLSvc/sql.corp.test:14001', account: 'sqlsvc' },
  sqlRouted: { spn: 'MSSQLSvc/sql2.corp.test:14002', account: 'sqlsvc' },
};

/** What the controller adds to its account once its DNS is up (here it has none), and the name for OpenLDAP's tools. */
export const controllerSpns = [
  'ldap/dc1.corp.test',
  'ldap/dc1.corp.test/corp.test',
  'ldap/dc1',
  'ldap/localhost',
  'ldap/127.0.0.1',
];

export const ports = { kerberos: 88, ldap: 389, kpasswd: 464, ldaps: 636, globalCatalog: 3268, globalCatalogTls: 3269 };
