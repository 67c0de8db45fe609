import type { CheckResult, CheckStatus } from './check';
import type { Registry, RegistryKey, RegistryValue } from './registry';

const lsa = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa';
const kerberosPolicy = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos';
const keys = {
  lsa,
  ntlm: `${lsa}\\MSV1_0`,
  deviceGuard: 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard',
  kerberos: kerberosPolicy,
  kerberosParameters: `${kerberosPolicy}\\Parameters`,
  kdcProxies: `${kerberosPolicy}\\KdcProxy\\ProxyServers`,
  ldapClient: 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\LDAP',
  ldapServer: 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Parameters',
  time: 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters',
} as const;

type Settings = Readonly<Record<keyof typeof keys, RegistryKey>>;

/** The result of one check, without its name. */
type Outcome = Omit<CheckResult, 'id' | 'title'>;

const checks: readonly (readonly [id: string, title: string, check: (settings: Settings) => Outcome])[] = [
  ['ntlm-policy', 'NTLM policy', ntlmPolicy],
  ['credential-guard', 'Credential Guard', credentialGuard],
  ['encryption-types', 'Encryption types', encryptionTypes],
  ['extended-protection', 'EPA of clients', extendedProtection],
  ['ldap-signing', 'LDAP signing', ldapSigning],
  ['kdc-proxy', 'KDC proxy', kdcProxy],
  ['time-service', 'Time service', timeService],
];

/** Security settings of this machine that an ordinary user may read, and that affect a sign-on. */
export async function checkPolicies(registry: Registry, wine: boolean): Promise<CheckResult[]> {
  const names = Object.keys(keys) as (keyof typeof keys)[];
  const read = await Promise.all(names.map(async (name) => [name, await registry(keys[name])] as const));
  const settings = Object.fromEntries(read) as Settings;
  return checks.map(([id, title, check]) => {
    // HKLM\…\Lsa exists on every Windows: if it is missing, the registry could not be read at all.
    if (settings.lsa === undefined) return { id, title, status: 'skip', detail: 'the registry cannot be read' };
    const outcome = check(settings);
    if (!wine) return { id, title, ...outcome };
    return { id, title, status: 'ok', detail: `${outcome.detail} (Wine does not apply it)` };
  });
}

function number(key: RegistryKey, name: string): number | undefined {
  const value = key?.get(name.toLowerCase());
  return typeof value === 'number' ? value : undefined;
}

function text(value: RegistryValue | undefined): string {
  return value === undefined ? '' : String(value);
}

/** Combines several statements to one result: the worst status, and the first advice. */
function outcomeOf(parts: readonly Outcome[]): Outcome {
  const worst: CheckStatus = parts.some(({ status }) => status === 'warn') ? 'warn' : 'ok';
  const advice = parts.find((part) => part.advice !== undefined)?.advice;
  return {
    status: worst,
    detail: parts.map(({ detail }) => detail).join('; '),
    ...(advice === undefined ? {} : { advice }),
  };
}

const ok = (detail: string): Outcome => ({ status: 'ok', detail });
const warn = (detail: string, advice: string): Outcome => ({ status: 'warn', detail, advice });

/** “Network security: Restrict NTLM” and “LAN Manager authentication level” (Microsoft, security policy settings). */
function ntlmPolicy({ lsa: own, ntlm }: Settings): Outcome {
  const outgoing = number(ntlm, 'RestrictSendingNTLMTraffic') ?? 0;
  const incoming = number(ntlm, 'RestrictReceivingNTLMTraffic') ?? 0;
  const level = number(own, 'LmCompatibilityLevel') ?? 3;
  const exceptions = text(ntlm?.get('clientallowedntlmservers')).split('\0').filter(Boolean);
  const listed = exceptions.length === 0 ? '' : `, but for ${exceptions.join(', ')}`;
  return outcomeOf([
    outgoing === 2
      ? warn(
          `outgoing NTLM is denied${listed}`,
          'A client here signs on by Kerberos or not at all: give targets as service/host with a registered name.',
        )
      : ok(outgoing === 1 ? 'outgoing NTLM is audited' : 'outgoing NTLM is allowed'),
    incoming === 0
      ? ok('incoming NTLM is allowed')
      : warn(
          incoming === 1 ? 'incoming NTLM of domain accounts is denied' : 'incoming NTLM is denied',
          'A server here accepts no NTLM: its clients need tickets for its name.',
        ),
    level >= 3
      ? ok(`only NTLMv2 is sent (level ${level})`)
      : warn(`older NTLM than v2 is sent (level ${level})`, 'Set the LAN Manager authentication level to 3 or more.'),
  ]);
}

function credentialGuard({ lsa: own, deviceGuard }: Settings): Outcome {
  const flags = number(deviceGuard, 'LsaCfgFlags') ?? number(own, 'LsaCfgFlags');
  if (flags === undefined) return ok('not configured: on or off as this edition of Windows has it by default');
  if (flags === 0) return ok('off');
  const lock = flags === 1 ? ' with UEFI lock' : '';
  return ok(
    `on${lock}: NTLMv1 and unconstrained delegation of the current user’s tickets are not available to this machine’s clients`,
  );
}

const encryptionNames: readonly (readonly [bit: number, name: string])[] = [
  [0x01, 'DES-CBC-CRC'],
  [0x02, 'DES-CBC-MD5'],
  [0x04, 'RC4'],
  [0x08, 'AES128'],
  [0x10, 'AES256'],
];
const aes = 0x18;
const weak = 0x07;

/** “Network security: Configure encryption types allowed for Kerberos” */
function encryptionTypes({ kerberosParameters }: Settings): Outcome {
  const bits = number(kerberosParameters, 'SupportedEncryptionTypes');
  if (bits === undefined) return ok('Windows’ own choice');
  const names = encryptionNames.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  const detail = names.join(', ') || `none of those known (0x${bits.toString(16)})`;
  if ((bits & aes) === 0) {
    return warn(detail, 'Domain controllers that issue AES tickets only will refuse: allow AES128 and AES256.');
  }
  return (bits & weak) === 0 ? ok(detail) : warn(detail, 'RC4 and DES tickets can be cracked offline: allow AES only.');
}

/** Whether clients of this machine send channel bindings at all (Microsoft, “Extended Protection for Authentication”). */
function extendedProtection({ lsa: own }: Settings): Outcome {
  const suppressed = number(own, 'SuppressExtendedProtection') ?? 0;
  if (suppressed === 0) return ok('clients here send channel bindings');
  return warn(
    `suppressed (SuppressExtendedProtection is ${suppressed})`,
    'Servers that require channel bindings refuse clients of this machine: remove the value.',
  );
}

/** “LDAP client signing requirements”; and of a domain controller, its own two. */
function ldapSigning({ ldapClient, ldapServer }: Settings): Outcome {
  const client = number(ldapClient, 'LDAPClientIntegrity') ?? 1;
  const clients = ['clients here do not sign', 'clients here sign where the server can', 'clients here must sign'];
  const parts = [
    client === 0
      ? warn(clients[0] as string, 'Domain controllers that require signing refuse them: set it to 1 or 2.')
      : ok(clients[client] ?? `clients here: ${client}`),
  ];
  const integrity = number(ldapServer, 'LDAPServerIntegrity');
  if (integrity !== undefined) {
    parts.push(
      integrity === 2
        ? ok('this domain controller requires signing')
        : warn('this domain controller does not require signing', 'Set LDAP server signing requirements to Require.'),
    );
  }
  const binding = number(ldapServer, 'LdapEnforceChannelBinding');
  if (binding !== undefined) {
    const when = ['never', 'when supported', 'always'][binding] ?? String(binding);
    const detail = `this domain controller asks for channel bindings: ${when}`;
    parts.push(
      binding === 0
        ? warn(detail, 'LDAPS sign-ons can be relayed: set channel binding to When supported.')
        : ok(detail),
    );
  }
  return outcomeOf(parts);
}

/** “Specify KDC proxy servers for Kerberos clients” */
function kdcProxy({ kerberos, kdcProxies }: Settings): Outcome {
  const realms = [...(kdcProxies?.keys() ?? [])];
  const enabled = number(kerberos, 'KdcProxyServer_Enabled') === 1;
  if (!enabled) return ok(realms.length === 0 ? 'none' : `configured for ${realms.join(', ')}, and switched off`);
  if (realms.length === 0) return warn('switched on, for no realm', 'Name the proxy of each realm in the policy.');
  return ok(realms.map((realm) => `${realm} by ${serversOf(text(kdcProxies?.get(realm)))}`).join('; '));
}

/** `<https proxy.corp.test:443:KdcProxy />` */
const serversOf = (value: string): string => value.replace(/^<https\s+|\s*\/>$/g, '').trim() || 'no server';

function timeService({ time }: Settings): Outcome {
  const type = text(time?.get('type')).toUpperCase();
  const server = text(time?.get('ntpserver'));
  switch (type) {
    case 'NT5DS':
      return ok('from the domain');
    case 'NTP':
    case 'ALLSYNC':
      return ok(`from ${server || 'the servers of the configuration'}`);
    case 'NOSYNC':
      return warn(
        'not synchronised',
        'Kerberos refuses clocks that differ by more than five minutes: w32tm /config /syncfromflags:domhier /update.',
      );
    default:
      return ok('not configured');
  }
}
