/** Samba's domain controller, which requires signing or encryption (`ldap server require strong auth = yes`). */
import { bindAll, type Bind, type Bound } from './binds';
import type { LdapConnectionOptions } from 'sspi/ldap';
import type { Lane } from '../support/lab';

const target = 'ldap/dc1.corp.test';
const wrong = { user: 'CORP\\bob', password: 'not the password' };
const bob = { user: 'CORP\\bob', password: 'Builder-2024!' };
const noName = 'ldap/127.0.0.1';

const plain = (name: string, options: LdapConnectionOptions): Bind => ({
  name,
  port: 389,
  base: 'dc=corp,dc=test',
  options: { target, ...options },
});

const binds: readonly Bind[] = [
  plain('GSSAPI, sealed', {}),
  plain('GSSAPI, signed', { layer: 'integrity' }),
  plain('GSSAPI, no layer', { layer: 'none' }),
  plain('GSS-SPNEGO, sealed', { mechanism: 'GSS-SPNEGO' }),
  plain('NTLM, sealed', { ntlm: 'allow', target: noName, identity: bob }),
  plain('NTLM, wrong password', { ntlm: 'allow', target: noName, identity: wrong }),
  plain('NTLM is not allowed', { mechanism: 'GSS-SPNEGO', target: noName, identity: bob }),
  plain('a service that nobody owns', { target: 'ldap/unknown.corp.test' }),
  plain('StartTLS', { tls: 'startTLS', tlsOptions: { rejectUnauthorized: false } }),
  { ...plain('LDAPS', { tls: 'ldaps', tlsOptions: { rejectUnauthorized: false } }), port: 636 },
  plain('StartTLS, sealed', { tls: 'startTLS', layer: 'confidentiality', tlsOptions: { rejectUnauthorized: false } }),
];

/** The suite of one lane's controller. */
export const describeSamba = (title: string, lane: Lane): void =>
  describe(title, () => {
    let bound: ReadonlyMap<string, Bound>;

    beforeAll(async () => {
      bound = await bindAll(binds, lane);
    }, 240_000);

    const result = (name: string): Bound => bound.get(name) as Bound;

    test.each(['GSSAPI, sealed', 'GSSAPI, signed', 'GSS-SPNEGO, sealed', 'NTLM, sealed'])(
      '%s: bound, and searched',
      (name) => {
        const { entries, groups, ...rest } = result(name);
        expect({ ...rest, entries }).toMatchObject({ name, entries: expect.any(Number) });
        expect(entries).toBeGreaterThan(100);
        expect(groups?.[0]).toMatch(/^S-1-5-21-\d+-\d+-\d+-\d+$/);
        expect(groups).toContain('S-1-5-11'); // Authenticated Users
      },
    );

    test('who am I', () => {
      const expected = lane === 'wine8' ? 'not supported' : expect.stringMatching(/^u:CORP\\alice$/i);
      expect(result('GSSAPI, sealed').who).toEqual(expected);
    });

    test('without a layer: refused, and the reason is explained', () => {
      expect(result('GSSAPI, no layer')).toMatchObject({
        code: 'ERR_SSPI_LDAP_REFUSED',
        message: expect.stringContaining('strongerAuthRequired'),
        hint: expect.stringContaining('requires signing or encryption'),
      });
    });

    test('a wrong password: the directory’s sub-code and its meaning', () => {
      expect(result('NTLM, wrong password')).toMatchObject({
        code: 'ERR_SSPI_LDAP_REFUSED',
        message: expect.stringContaining('data 52e'),
        hint: expect.stringContaining('password is wrong'),
      });
    });

    test('where Kerberos is not possible and NTLM not allowed: no bind', () => {
      expect(result('NTLM is not allowed').code).toMatch(/^(SEC_E_\w+|ERR_SSPI_REQUIREMENT_NOT_MET)$/);
      expect(result('a service that nobody owns').code).toMatch(/^SEC_E_/);
    });

    // Samba 4.17 accepts no SASL inside TLS; 4.22 demands channel bindings, which Wine drops. Windows has to show the rest.
    test.each(['StartTLS', 'LDAPS', 'StartTLS, sealed'])('%s: refused, and the reason is explained', (name) => {
      const { code, hint } = result(name);
      expect(code).toBe('ERR_SSPI_LDAP_REFUSED');
      expect(hint).toMatch(/inside TLS|channel bindings/);
    });
  });
