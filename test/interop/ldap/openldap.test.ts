/** OpenLDAP with Cyrus SASL: every layer, in plain text and inside TLS. Its log says which strength it has agreed on. */
import { bindAll, type Bind, type Bound } from './binds';
import { Peers, peersCertificate, type PeerDescription } from '../support/lab';
import type { LdapConnectionOptions } from 'sspi/ldap';

const target = 'ldap/ldap.corp.test';

/** The bind's name, its options, and the strength that the server reports: 0, 1 for signed, 256 for sealed by AES-256. */
const cases: readonly (readonly [name: string, options: LdapConnectionOptions, strength: number])[] = [
  ['GSSAPI, sealed', {}, 256],
  ['GSSAPI, signed', { layer: 'integrity' }, 1],
  ['GSSAPI, no layer', { layer: 'none' }, 0],
  ['GSS-SPNEGO, sealed', { mechanism: 'GSS-SPNEGO' }, 256],
  ['StartTLS, no layer', { tls: 'startTLS' }, 0],
  ['StartTLS, signed', { tls: 'startTLS', layer: 'integrity' }, 1],
  ['StartTLS, sealed', { tls: 'startTLS', layer: 'confidentiality' }, 256],
  ['LDAPS, no layer', { tls: 'ldaps' }, 0],
  ['LDAPS, sealed', { tls: 'ldaps', layer: 'confidentiality' }, 256],
];

describe('OpenLDAP', () => {
  let peers: Peers;
  let bound: ReadonlyMap<string, Bound>;

  beforeAll(async () => {
    peers = await Peers.start('slapd');
    const place = peers.get('slapd');
    bound = await bindAll(cases.map(([name, options]) => bindTo(place, name, options)));
  }, 240_000);
  afterAll(() => peers[Symbol.asyncDispose](), 30_000);

  test.each(cases)('%s: bound as alice', (name) => {
    expect(bound.get(name)).toEqual({
      name,
      entries: expect.any(Number),
      who: 'dn:uid=alice,ou=people,dc=peers,dc=test',
      groups: [], // an attribute of Active Directory's
    });
  });

  test('the server has agreed on the same strengths', () => {
    const strengths = [...peers.log('slapd').matchAll(/BIND dn="uid=alice.*mech=\S+ .*\bbind_ssf=(\d+)/g)].map(
      ([, ssf]) => Number(ssf),
    );
    expect(strengths).toEqual(cases.map(([, , strength]) => strength));
  });
});

function bindTo({ port, tlsPort }: PeerDescription, name: string, options: LdapConnectionOptions): Bind {
  return {
    name,
    port: options.tls === 'ldaps' ? (tlsPort as number) : port,
    base: 'dc=peers,dc=test',
    options: { target, ...options },
    ...(options.tls !== undefined && { ca: peersCertificate }),
  };
}
