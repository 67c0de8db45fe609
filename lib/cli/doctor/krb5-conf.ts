/** What a krb5.conf says about the default realm, as far as it is needed to find its domain controllers. */
export interface Krb5Conf {
  readonly defaultRealm: string | undefined;
  /** `host` or `host:port` of the default realm's KDCs. */
  readonly kdcs: readonly string[];
}

/** Reads the sections [libdefaults] and [realms] of MIT's krb5.conf(5). */
export function readKrb5Conf(text: string): Krb5Conf {
  let section = '';
  let realm = '';
  let defaultRealm: string | undefined;
  const kdcs = new Map<string, string[]>();
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const [, heading] = /^\[([^\]]*)\]/.exec(line) ?? [];
    if (heading !== undefined) {
      section = heading.trim().toLowerCase();
      continue;
    }
    if (line.startsWith('}')) {
      realm = '';
      continue;
    }
    const [, key = '', value = ''] = /^(\S+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section === 'libdefaults' && key === 'default_realm') defaultRealm = value;
    if (section !== 'realms') continue;
    if (value.startsWith('{')) realm = key;
    else if (key === 'kdc' && realm !== '') kdcs.set(realm, [...(kdcs.get(realm) ?? []), value]);
  }
  return { defaultRealm, kdcs: defaultRealm === undefined ? [] : (kdcs.get(defaultRealm) ?? []) };
}
