/** Security policies as doctor reads them: from what reg.exe prints, to a finding with advice. */
import { checkPolicies } from '#lib/cli/doctor/policies';
import { machineRegistry, parseValues, type Registry } from '#lib/cli/doctor/registry';
import type { CheckResult } from '#lib/cli/doctor/check';

const lsa = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa';
const kerberos = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos';
const ldapServer = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Parameters';
const time = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters';

type Values = Readonly<Record<string, number | string>>;

/** A registry that has HKLM\…\Lsa, as every Windows does, and what a test adds. */
function registry(keys: Readonly<Record<string, Values>>): Registry {
  const all: Readonly<Record<string, Values>> = { [lsa]: {}, ...keys };
  return (key) => {
    const values = all[key];
    return Promise.resolve(
      values && new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value])),
    );
  };
}

async function check(id: string, keys: Readonly<Record<string, Values>>, wine = false): Promise<CheckResult> {
  const found = (await checkPolicies(registry(keys), wine)).find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no check ${id}`);
  return found;
}

describe('what reg.exe prints', () => {
  const output = [
    '',
    'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa',
    '    Security Packages    REG_MULTI_SZ    kerberos\\0msv1_0',
    '    LmCompatibilityLevel    REG_DWORD    0x5',
    '    Big    REG_QWORD    0x100000000',
    '    Empty    REG_SZ    ',
    '    Bounds    REG_BINARY    0030000000200000',
    '',
    'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0',
    '    LmCompatibilityLevel    REG_DWORD    0x1',
    '',
  ];

  it.each(['\r\n', '\n'])('is read, lines ending with %j', (end) => {
    expect([...parseValues(output.join(end), lsa)]).toEqual([
      ['security packages', 'kerberos\0msv1_0'],
      ['lmcompatibilitylevel', 5],
      ['big', 0x100000000],
      ['empty', ''],
      ['bounds', '0030000000200000'],
    ]);
  });

  it('is empty for a key that has only keys below it', () => {
    expect(parseValues(output.slice(8).join('\r\n'), lsa).size).toBe(0);
  });

  it('is no key where there is no reg.exe', async () => {
    expect(await machineRegistry({ SystemRoot: '/nowhere' }, 1000)(lsa)).toBeUndefined();
  });
});

it('has all checks in their order, each with a title', async () => {
  const results = await checkPolicies(registry({}), false);
  expect(results.map(({ id, status }) => [id, status])).toEqual([
    ['ntlm-policy', 'ok'],
    ['credential-guard', 'ok'],
    ['encryption-types', 'ok'],
    ['extended-protection', 'ok'],
    ['ldap-signing', 'ok'],
    ['kdc-proxy', 'ok'],
    ['time-service', 'ok'],
  ]);
});

it('skips all of them where the registry cannot be read', async () => {
  const results = await checkPolicies(() => Promise.resolve(undefined), false);
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['skip']));
});

it('says under Wine what is configured, that Wine does not apply it, and gives no advice', async () => {
  const found = await check('ntlm-policy', { [`${lsa}\\MSV1_0`]: { RestrictSendingNTLMTraffic: 2 } }, true);
  expect(found).toMatchObject({ status: 'ok', detail: expect.stringContaining('Wine does not apply it') as string });
  expect(found.detail).toContain('outgoing NTLM is denied');
  expect(found.advice).toBeUndefined();
});

interface Case {
  readonly keys: Readonly<Record<string, Values>>;
  readonly status: 'ok' | 'warn';
  readonly says: string;
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  'ntlm-policy': [
    {
      keys: {},
      status: 'ok',
      says: 'outgoing NTLM is allowed; incoming NTLM is allowed; only NTLMv2 is sent (level 3)',
    },
    { keys: { [`${lsa}\\MSV1_0`]: { RestrictSendingNTLMTraffic: 1 } }, status: 'ok', says: 'outgoing NTLM is audited' },
    {
      keys: {
        [`${lsa}\\MSV1_0`]: {
          RestrictSendingNTLMTraffic: 2,
          ClientAllowedNTLMServers: 'old.corp.test\0print.corp.test',
        },
      },
      status: 'warn',
      says: 'outgoing NTLM is denied, but for old.corp.test, print.corp.test',
    },
    {
      keys: { [`${lsa}\\MSV1_0`]: { RestrictReceivingNTLMTraffic: 1 } },
      status: 'warn',
      says: 'incoming NTLM of domain accounts is denied',
    },
    {
      keys: { [`${lsa}\\MSV1_0`]: { RestrictReceivingNTLMTraffic: 2 } },
      status: 'warn',
      says: 'incoming NTLM is denied',
    },
    { keys: { [lsa]: { LmCompatibilityLevel: 1 } }, status: 'warn', says: 'older NTLM than v2 is sent (level 1)' },
    { keys: { [lsa]: { LmCompatibilityLevel: 5 } }, status: 'ok', says: 'only NTLMv2 is sent (level 5)' },
  ],
  'credential-guard': [
    { keys: {}, status: 'ok', says: 'not configured' },
    { keys: { [lsa]: { LsaCfgFlags: 0 } }, status: 'ok', says: 'off' },
    { keys: { [lsa]: { LsaCfgFlags: 1 } }, status: 'ok', says: 'on with UEFI lock' },
    {
      keys: {
        [lsa]: { LsaCfgFlags: 0 },
        'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard': { LsaCfgFlags: 2 },
      },
      status: 'ok',
      says: 'on: NTLMv1',
    },
  ],
  'encryption-types': [
    { keys: {}, status: 'ok', says: 'Windows’ own choice' },
    {
      keys: { [`${kerberos}\\Parameters`]: { SupportedEncryptionTypes: 0x7ffffff8 } },
      status: 'ok',
      says: 'AES128, AES256',
    },
    {
      keys: { [`${kerberos}\\Parameters`]: { SupportedEncryptionTypes: 0x1c } },
      status: 'warn',
      says: 'RC4, AES128, AES256',
    },
    { keys: { [`${kerberos}\\Parameters`]: { SupportedEncryptionTypes: 4 } }, status: 'warn', says: 'RC4' },
    {
      keys: { [`${kerberos}\\Parameters`]: { SupportedEncryptionTypes: 0x40 } },
      status: 'warn',
      says: 'none of those known (0x40)',
    },
  ],
  'extended-protection': [
    { keys: { [lsa]: { SuppressExtendedProtection: 0 } }, status: 'ok', says: 'clients here send channel bindings' },
    { keys: { [lsa]: { SuppressExtendedProtection: 3 } }, status: 'warn', says: 'suppressed' },
  ],
  'ldap-signing': [
    { keys: {}, status: 'ok', says: 'clients here sign where the server can' },
    {
      keys: { 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\LDAP': { LDAPClientIntegrity: 2 } },
      status: 'ok',
      says: 'clients here must sign',
    },
    {
      keys: { 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\LDAP': { LDAPClientIntegrity: 0 } },
      status: 'warn',
      says: 'clients here do not sign',
    },
    {
      keys: { [ldapServer]: { LDAPServerIntegrity: 2, LdapEnforceChannelBinding: 2 } },
      status: 'ok',
      says: 'this domain controller requires signing; this domain controller asks for channel bindings: always',
    },
    {
      keys: { [ldapServer]: { LDAPServerIntegrity: 1 } },
      status: 'warn',
      says: 'this domain controller does not require signing',
    },
    { keys: { [ldapServer]: { LdapEnforceChannelBinding: 0 } }, status: 'warn', says: 'channel bindings: never' },
  ],
  'kdc-proxy': [
    { keys: {}, status: 'ok', says: 'none' },
    {
      keys: {
        [kerberos]: { KdcProxyServer_Enabled: 1 },
        [`${kerberos}\\KdcProxy\\ProxyServers`]: { 'CORP.TEST': '<https proxy.corp.test:443:KdcProxy />' },
      },
      status: 'ok',
      says: 'corp.test by proxy.corp.test:443:KdcProxy',
    },
    { keys: { [kerberos]: { KdcProxyServer_Enabled: 1 } }, status: 'warn', says: 'switched on, for no realm' },
    {
      keys: { [`${kerberos}\\KdcProxy\\ProxyServers`]: { 'CORP.TEST': '<https proxy.corp.test />' } },
      status: 'ok',
      says: 'configured for corp.test, and switched off',
    },
  ],
  'time-service': [
    { keys: { [time]: { Type: 'NT5DS' } }, status: 'ok', says: 'from the domain' },
    {
      keys: { [time]: { Type: 'NTP', NtpServer: 'time.windows.com,0x8' } },
      status: 'ok',
      says: 'from time.windows.com,0x8',
    },
    { keys: { [time]: { Type: 'NoSync' } }, status: 'warn', says: 'not synchronised' },
  ],
};

describe.each(Object.entries(cases))('%s', (id, list) => {
  it.each(list)('$says', async ({ keys, status, says }) => {
    const found = await check(id, keys);
    expect(found.detail).toContain(says);
    expect(found.status).toBe(status);
    expect(found.advice === undefined).toBe(status === 'ok');
  });
});
