import { lacksServiceClass } from '../../errors/target-shape';
import type { CauseName } from '../../errors/catalogue/causes';
import type { Clues } from '../clues';
import type { Finding } from '../../errors/finding';

/** The form of the target, for failures that it may have caused. */
export function targetRule({ error, evidence, target, mechanism, wine }: Clues): Finding[] {
  if (evidence.role !== 'initiator' || error.status === undefined) return [];
  const isUnknown = error.code === 'SEC_E_TARGET_UNKNOWN';
  const aboutTarget =
    isUnknown ||
    (mechanism !== 'NTLM' &&
      (['SEC_E_NO_CREDENTIALS', 'SEC_E_DOWNGRADE_DETECTED'].includes(error.code) ||
        (wine && error.code === 'SEC_E_INTERNAL_ERROR')));
  if (!aboutTarget || /^(schannel|microsoft unified)/i.test(evidence.package ?? '')) return [];
  // Negotiate continues with NTLM, which needs no name.
  const weight = isUnknown || evidence.package?.toLowerCase() === 'kerberos' ? 90 : 60;
  if (target === undefined) {
    return [{ cause: 'no-target', ground: 'seen', weight, because: ['No target was passed to initiate().'] }];
  }
  if (target.isAddress) {
    const because = [`The target’s host ${target.host} is an IP address.`];
    return [{ cause: 'address-as-target', ground: 'seen', weight, because }];
  }
  const weights: Finding[] = [
    {
      cause: 'spn-unknown',
      ground: 'usual',
      weight: isUnknown || wine ? 70 : 45,
      because: [
        lacksServiceClass(evidence.target ?? '')
          ? `The target ${evidence.target} is not a service principal name (service/host).`
          : `The target is ${evidence.target}.`,
      ],
    },
  ];
  const own = evidence.account?.domain?.toLowerCase();
  if (own?.includes('.') === true && target.host.includes('.') && !inDomain(target.host, own)) {
    const because = [`The target’s host ${target.host} is not in the domain ${own} of the account.`];
    weights.push({ cause: 'wrong-realm', ground: 'seen', weight: 60, because });
  }
  return weights;
}

function inDomain(host: string, domain: string): boolean {
  return host.toLowerCase() === domain || host.toLowerCase().endsWith(`.${domain}`);
}

/** An explicit identity that was refused before any token was made. */
export function identityRule({ error, evidence, wine }: Clues): Finding[] {
  const { account } = evidence;
  if (error.api !== 'AcquireCredentialsHandle' || error.code !== 'STATUS_UNSUCCESSFUL' || account === undefined)
    return [];
  const findings: Finding[] = [];
  const { user, domain } = account;
  const realm = domain ?? (user.includes('@') ? user.slice(user.lastIndexOf('@') + 1) : undefined);
  if (realm === undefined) {
    findings.push({
      cause: 'wrong-realm',
      ground: 'seen',
      weight: 80,
      because: ['The identity has no domain, and Kerberos needs the realm.'],
    });
  } else if (!realm.includes('.')) {
    const because = [`${realm} looks like a NetBIOS name; Kerberos needs the full name of the realm.`];
    findings.push({ cause: 'wrong-realm', ground: 'seen', weight: 70, because });
  }
  const who = `Logging on as ${domain === undefined ? user : `${domain}\\${user}`} failed without a reason${wine ? ', because Wine does not pass it on' : ''}.`;
  const usual: readonly (readonly [CauseName, number])[] = [
    ['wrong-password', 60],
    ['unknown-user', 45],
    ['wrong-realm', 42],
    ['account-disabled', 40],
    ['account-expired', 38],
    ['password-expired', 36],
    ['no-domain-controller', 34],
  ];
  for (const [cause, weight] of usual) findings.push({ cause, ground: 'usual', weight, because: [who] });
  return findings;
}

/** Missing credentials of the current user. */
export function currentUserRule({ error, evidence, wine }: Clues): Finding[] {
  if (error.code !== 'SEC_E_NO_CREDENTIALS') return [];
  if (evidence.account === undefined && evidence.use !== 'inbound') {
    const what = wine
      ? 'so only the tickets in the cache that KRB5CCNAME names can be used: Wine has no stored password for NTLM'
      : 'so the current user’s logon session is used, and it has no credentials for the network';
    return [{ cause: 'no-credentials', ground: 'usual', weight: 80, because: [`No identity was passed, ${what}.`] }];
  }
  if (evidence.use === 'inbound' && wine) {
    return [
      {
        cause: 'no-credentials',
        ground: 'usual',
        weight: 80,
        because: ['Under Wine, the keys of a server come from the keytab, KRB5_KTNAME.'],
      },
    ];
  }
  return [];
}
