import fs from 'node:fs';

/** A user of the test domain. */
export interface LabUser {
  /** sAMAccountName */
  readonly name: string;
  readonly password: string;
}

type UserRole =
  'alice' | 'bob' | 'disabled' | 'expired' | 'mustChangePassword' | 'nonAscii' | 'webService' | 'staleService';

/** lab.json, as far as the tests use it: see docs/lab.md. */
export interface Lab {
  readonly lane: string;
  readonly realm: string;
  readonly workgroup: string;
  readonly dnsDomain: string;
  readonly controller: {
    readonly host: string;
    readonly address: string;
    readonly spn: string;
    readonly ports: Readonly<Record<'ldap' | 'ldaps' | 'kerberos', number>>;
  };
  readonly users: Readonly<Record<UserRole, LabUser>>;
  readonly services: Readonly<Record<'web' | 'intranet' | 'stale' | 'unknown', { readonly spn: string }>>;
  readonly files: { readonly certificateAuthority: string };
}

const place = process.env['SSPI_LAB'];
const found = place === undefined ? undefined : (JSON.parse(fs.readFileSync(place, 'utf8')) as Lab);

/** The lab. Only for what runs inside {@link describeInDomain}. */
export function lab(): Lab {
  if (found === undefined) throw new Error('SSPI_LAB is not set: there is no test domain');
  return found;
}

/** True under Wine in the lab, where everything that the lab brings has to be there. */
export const inLab = found !== undefined;

/** A suite that needs the test domain: skipped, and said so, where there is none. */
export function describeInDomain(name: string, suite: () => void): void {
  if (inLab) describe(name, suite);
  else skipLoudly(name, 'no test domain here (SSPI_LAB is not set)', suite);
}

/** Skips a suite in one line that nobody can overlook; its tests count as skipped. */
export function skipLoudly(name: string, reason: string, suite: () => void): void {
  process.stderr.write(`! SKIPPED ${name}: ${reason}\n`);
  describe.skip(name, suite);
}
