import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'sspi/inspect';
import { asRequest } from '#lib/cli/protocols/kerberos-as';
import { checkHeaders } from '#lib/cli/doctor/headers';
import { clock } from '#lib/cli/doctor/controllers';
import { durationText, untilText } from '#lib/cli/output/time';
import { explainChoice, type ChoiceFacts } from '#lib/cli/probe/choice';
import { findDomain } from '#lib/cli/doctor/domain';
import { formatTable, wrapWords } from '#lib/cli/output/table';
import { refusal } from '#lib/cli/probe/shown-binds';
import { nearest } from '#lib/cli/nearest';
import { node } from '#lib/cli/doctor/machine';
import { parseTarget, spnOf } from '#lib/cli/probe/target';
import { readKrb5Conf } from '#lib/cli/doctor/krb5-conf';
import { schemesOf, tokenOf } from '#lib/wire/authentication-headers';
import { formatSummary } from '#lib/cli/probe/text';
import { styleFor } from '#lib/cli/output/style';
import { ioFor } from './support';
import type { PackageInfo } from 'sspi';

const plain = styleFor(ioFor({ stdout: '', stderr: '' }).stdout, {});

describe('nearest', () => {
  it.each([
    ['mutualauth', 'mutualAuth'],
    ['integrty', 'integrity'],
    ['confidentialty', 'confidentiality'],
    ['delgeate', 'delegate'],
    ['quite-another-thing', undefined],
    ['', undefined],
  ])('to %s is %s', (word, name) => {
    expect(nearest(word, ['mutualAuth', 'integrity', 'confidentiality', 'delegate'])).toBe(name);
  });
});

describe('the summary of a probe', () => {
  const summaryOf = (service: Record<string, string>): string =>
    formatSummary(
      {
        findings: { outcome: 'established', service, timings: { total: 1 }, remarks: [] },
        settings: { package: 'Kerberos' },
      } as never,
      { mechanism: 'Kerberos', reasons: [] },
      plain,
    );

  it('keeps a gap behind every label', () => {
    expect(summaryOf({ status: 'bound', protection: 'sealed' })).toContain('Service protection  sealed\n');
    expect(summaryOf({ 'a name of some length': 'x' })).toContain('Service a name of some length  x\n');
  });

  it('begins all values in one column', () => {
    const lines = summaryOf({ status: 'bound', protection: 'sealed', who: 'u:CORP\\\\alice' }).trim().split('\n');
    expect(new Set(lines.map((line) => /^\S+(?: \S+)*  +/.exec(line)?.[0].length)).size).toBe(1);
  });
});

describe('tables', () => {
  it('align their columns and wrap the last one', () => {
    const table = formatTable(
      ['A', 'Words'],
      [
        ['long', 'one two three four five six'],
        ['x', 'y'],
      ],
      plain,
      27,
    );
    expect(table.split('\n')).toEqual(['A     Words', 'long  one two three four', '      five six', 'x     y']);
  });

  it('leave long words whole', () => {
    expect(wrapWords('a bbbbbbbb c', 4)).toEqual(['a', 'bbbbbbbb', 'c']);
  });
});

describe('times', () => {
  const now = Date.parse('2026-01-02T03:04:05Z');
  it.each([
    [90 * 60_000, 'until 2026-01-02 04:34:05 UTC (in 1 h 30 min)'],
    [5 * 60_000, 'until 2026-01-02 03:09:05 UTC (in 5 min)'],
    [100 * 3_600_000, 'until 2026-01-06 07:04:05 UTC (in 4 days)'],
    [-3_600_000, 'expired at 2026-01-02 02:04:05 UTC'],
  ])('%d ms ahead', (ahead, text) => expect(untilText(new Date(now + ahead), now)).toBe(text));

  it.each([
    [0.123, '0.1 ms'],
    [99.94, '99.9 ms'],
    [250.4, '250 ms'],
    [1234, '1.23 s'],
  ])('%d ms long', (length, text) => expect(durationText(length)).toBe(text));
});

describe('targets', () => {
  it.each([
    ['http://web.corp.test/', 'http', 'web.corp.test', 80, false],
    ['HTTPS://web.corp.test:8443/x?y', 'http', 'web.corp.test', 8443, true],
    ['ldap://dc1.corp.test', 'ldap', 'dc1.corp.test', 389, false],
    ['ldaps://[::1]', 'ldap', '::1', 636, true],
  ])('%s', (text, kind, host, port, tls) => {
    expect(parseTarget(text)).toMatchObject({ kind, host, port, tls });
  });

  it.each(['HTTP/web.corp.test', 'ldap/dc1.corp.test/corp.test', 'websvc@CORP.TEST', 'CORP\\websvc'])(
    '%s is a name',
    (text) => expect(parseTarget(text)).toEqual({ kind: 'spn', text }),
  );

  it('of hosts', () => {
    expect(spnOf('HTTP', 'web.corp.test')).toBe('HTTP/web.corp.test');
    expect(spnOf('ldap', '::1')).toBe('ldap/[::1]');
  });
});

describe('the choice of a mechanism', () => {
  const facts = (more: Partial<ChoiceFacts>, seen: Partial<ChoiceFacts['seen']> = {}): ChoiceFacts => ({
    package: 'Negotiate',
    target: 'HTTP/web.corp.test',
    account: undefined,
    serviceOffers: undefined,
    ...more,
    seen: { mechanisms: ['NTLM'], offered: undefined, chosen: undefined, ticketFor: undefined, ...seen },
  });
  const why = (more: Partial<ChoiceFacts>, seen?: Partial<ChoiceFacts['seen']>): string =>
    explainChoice(facts(more, seen)).reasons.join(' ');

  it('is Kerberos where there was a ticket', () => {
    const kerberos = { mechanisms: ['Kerberos'], ticketFor: 'HTTP/web.corp.test' };
    expect(why({}, kerberos)).toBe(
      'The client got a ticket for HTTP/web.corp.test, and Negotiate prefers Kerberos if there is one.',
    );
    expect(explainChoice(facts({}, kerberos)).mechanism).toBe('Kerberos');
  });

  it.each<[string, Partial<ChoiceFacts>, Partial<ChoiceFacts['seen']>, RegExp]>([
    ['for an IP address', { target: 'HTTP/10.1.2.3' }, {}, /^The host is an IP address \(10\.1\.2\.3\)/],
    ['for an address with a port', { target: 'HTTP/10.1.2.3:8080' }, {}, /IP address \(10\.1\.2\.3\)/],
    ['for an IPv6 address', { target: 'HTTP/[::1]:80' }, {}, /IP address \(::1\)/],
    ['for localhost', { target: 'HTTP/localhost' }, {}, /^The host is localhost/],
    ['for a short name', { target: 'HTTP/web' }, {}, /^The host web is a short name/],
    ['without a service', { target: 'web.corp.test' }, {}, /is not a service principal name/],
    ['for a user without a domain', { account: { user: 'alice', domain: undefined } }, {}, /without a domain/],
    ['for a service that offers no more', { serviceOffers: ['NTLM'] }, {}, /^The service offers only NTLM\.$/],
    ['where it was asked for', { package: 'NTLM' }, {}, /^The package NTLM was requested/],
    [
      'where the server chose it',
      {},
      { offered: ['Kerberos', 'NTLM'] },
      /^The client offered Kerberos, but the server/,
    ],
    ['where the client offered nothing else', {}, { offered: ['NTLM'] }, /did not offer Kerberos \(only NTLM\)/],
    ['after a ticket', {}, { ticketFor: 'HTTP/web.corp.test' }, /had a ticket .* continued with NTLM/],
    ['for no visible reason', {}, {}, /got no ticket for HTTP\/web\.corp\.test: no account owns the name/],
  ])('is NTLM %s', (_, more, seen, reason) => expect(why(more, seen)).toMatch(reason));

  it.each([
    { user: 'alice', domain: 'CORP' },
    { user: 'alice@corp.test', domain: undefined },
  ])('does not blame the user %j', (account) => expect(why({ account })).not.toContain('domain, so'));

  it('is unknown without tokens', () => {
    expect(explainChoice(facts({}, { mechanisms: [] }))).toEqual({ mechanism: undefined, reasons: [] });
  });
});

describe('the diagnostic message of a refused bind', () => {
  const hintOf = (diagnostic: string): string | undefined =>
    refusal({ code: 49, name: 'invalidCredentials', diagnostic, credentials: undefined }).hint;
  const message = (data: string): string =>
    `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${data}, v4563`;
  it.each([
    ['52e', 'ERROR_LOGON_FAILURE'],
    ['533', 'ERROR_ACCOUNT_DISABLED'],
    ['701', 'ERROR_ACCOUNT_EXPIRED'],
    ['773', 'ERROR_PASSWORD_MUST_CHANGE'],
    ['775', 'ERROR_ACCOUNT_LOCKED_OUT'],
    ['80090346', 'SEC_E_BAD_BINDINGS'],
    ['0', 'SEC_E_INVALID_TOKEN'],
  ])('with data %s means %s', (data, code) => {
    expect(hintOf(message(data))).toMatch(new RegExp(`^At the server: ${code}\\. \\S`));
  });

  it('may mean nothing', () => expect(hintOf('SASL:[GSSAPI]: went wrong')).toBeUndefined());
});

describe('WWW-Authenticate', () => {
  it('lists its schemes', () => {
    const headers = ['Negotiate', 'NTLM', 'Basic realm="a, Digest b", charset="UTF-8"', 'Digest realm="x", nonce="y"'];
    expect(schemesOf(headers)).toEqual(['Negotiate', 'NTLM', 'Basic', 'Digest']);
    expect(schemesOf(['Negotiate oRQ=, Basic realm="x"'])).toEqual(['Negotiate', 'Basic']);
    expect(schemesOf([])).toEqual([]);
  });

  it('holds a token', () => {
    expect(tokenOf(['Basic realm="x"', 'negotiate AQID'], 'Negotiate')).toEqual(Buffer.from([1, 2, 3]));
    expect(tokenOf(['Negotiate'], 'Negotiate')).toBeUndefined();
    expect(tokenOf(['NTLM AQID'], 'Negotiate')).toBeUndefined();
  });
});

describe('krb5.conf', () => {
  const text = `
# a comment
[libdefaults]
  default_realm = CORP.TEST
[realms]
  OTHER.TEST = {
    kdc = other.test
  }
  CORP.TEST = {
    kdc = dc1.corp.test
    kdc = dc2.corp.test:1088
    admin_server = dc1.corp.test
  }
[domain_realm]
  kdc = NOT.A.KDC
`;
  it('names the default realm and its KDCs', () => {
    expect(readKrb5Conf(text)).toEqual({ defaultRealm: 'CORP.TEST', kdcs: ['dc1.corp.test', 'dc2.corp.test:1088'] });
  });

  it('may name nothing', () => expect(readKrb5Conf('[realms]\n')).toEqual({ defaultRealm: undefined, kdcs: [] }));

  it('is where Wine’s domain comes from', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sspi-krb5-'));
    try {
      const file = join(directory, 'krb5.conf');
      writeFileSync(file, text);
      expect(await findDomain({ KRB5_CONFIG: file }, true, undefined, 100)).toEqual({
        realm: 'CORP.TEST',
        controllers: [
          { host: 'dc1.corp.test', kerberosPort: 88 },
          { host: 'dc2.corp.test', kerberosPort: 1088 },
        ],
        source: file,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('the domain on Windows', () => {
  it('is unknown without a domain logon', async () => {
    expect(await findDomain({ LOGONSERVER: '\\\\PC', COMPUTERNAME: 'PC' }, false, undefined, 100)).toBeUndefined();
  });
});

describe('the first Kerberos request', () => {
  it('is what the inspector calls an AS-REQ', () => {
    expect(decode(asRequest('CORP.TEST', 'jürgen'))).toMatchObject({
      kind: 'krb-kdc-req',
      realm: 'CORP.TEST',
      sname: { name: 'krbtgt/CORP.TEST' },
      cname: { name: 'jürgen' },
    });
  });
});

describe('checks', () => {
  it.each([
    [20, 'ok', /the same/],
    [-30_000, 'ok', /30\.00 s ahead of/],
    [90_000, 'warn', /90\.00 s behind/],
    [-299_000, 'warn', /299\.00 s ahead of/],
    [301_000, 'fail', /301\.00 s behind/],
  ])('the clock %d ms apart', (skew, status, detail) => {
    const check = clock(skew);
    expect(check).toMatchObject({ id: 'clock', status });
    expect(check.detail).toMatch(detail);
    expect(check.advice === undefined).toBe(status === 'ok');
  });

  it.each([
    ['20.10.0', 'fail'],
    ['20.11.0', 'ok'],
    ['18.20.1', 'fail'],
    ['24.0.0', 'ok'],
  ])('Node %s', (version, status) => expect(node(version).status).toBe(status));

  const packages = [{ name: 'Negotiate', maxToken: 48_000 }] as unknown as readonly PackageInfo[];
  it.each([
    [16_384, undefined, 'warn'],
    [81_920, undefined, 'ok'],
    [16_384, 1400, 'warn'],
    [16_384, 12_000, 'fail'],
    [81_920, 40_000, 'ok'],
  ])('headers of %d bytes for a token of %s', (limit, size, status) => {
    expect(checkHeaders(limit, packages, size).status).toBe(status);
  });
});
