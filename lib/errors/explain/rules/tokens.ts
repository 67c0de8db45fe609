import { count } from '../../../inspect/reading';
import { looksLikeSpnego } from '../../spnego-shape';
import type { Clues } from '../clues';
import type { Decoded } from '../../../inspect';
import type { Finding } from '../finding';

/** Statuses with which packages meet a token that they cannot read. Wine's own ones are SEC_E_INTERNAL_ERROR and others. */
const aboutInput = [
  'SEC_E_INVALID_TOKEN',
  'SEC_E_INSUFFICIENT_MEMORY',
  'SEC_E_INVALID_HANDLE',
  'SEC_E_INVALID_PARAMETER',
  'SEC_E_SECPKG_NOT_FOUND',
  'SEC_E_INTERNAL_ERROR',
  'SEC_E_INCOMPLETE_MESSAGE',
  'SEC_E_UNSUPPORTED_FUNCTION',
  'SEC_E_BUFFER_TOO_SMALL',
];

/** Looks at the input of the failing call: is it a token, whole, of this package, and due now? */
export function inputRule({ error, evidence, input, inputBytes, last, wine }: Clues): Finding[] {
  if (input === undefined || !aboutInput.includes(error.code)) return [];
  const described = `The token that was given (${count(input.length, 'byte')}) is ${input.summary}`;
  if (input.length === 0)
    return [{ cause: 'damaged-token', weight: 92, because: ['The token that was given has no bytes.'] }];

  const family = inputBytes !== undefined && looksLikeSpnego(inputBytes) ? 'SPNEGO' : familyOf(input.token);
  const wanted = evidence.package?.toLowerCase() ?? '';
  if (family === 'SPNEGO' && wanted === 'kerberos') {
    return [
      { cause: 'spnego-to-kerberos', weight: 97, because: [`${described}.`, 'The credentials are for Kerberos.'] },
    ];
  }
  if (family !== undefined && !takes(wanted, family)) {
    const because = [`${described}.`, `The credentials are for ${evidence.package ?? 'another package'}.`];
    return [{ cause: 'token-of-other-package', weight: 95, because }];
  }
  if (input.problem !== undefined) {
    const because = [`${described}; it cannot be decoded: ${input.problem}.`];
    return [{ cause: 'damaged-token', weight: 90, because }];
  }
  if (family === undefined) return [];
  if (family === 'SPNEGO' && wine) {
    const because = [`${described}.`, 'Wine’s Negotiate reads raw Kerberos and NTLM only, no SPNEGO.'];
    return [{ cause: 'unsupported-function', weight: 92, because }];
  }
  // A token that says no is whole and due: it speaks for itself.
  if (error.code === 'SEC_E_INVALID_TOKEN' && last('krb-error') === undefined) {
    const because = [`${described}: whole, and of the right package.`];
    return [{ cause: 'token-of-other-connection', weight: 65, because }];
  }
  return [];
}

/** A peer that says no in SPNEGO's own terms. */
export function rejectionRule({ last, exchange }: Clues): Finding[] {
  const response = last('spnego-response');
  if (response?.negState?.name !== 'reject' || exchange.at(-1)?.direction !== 'received') return [];
  return [{ cause: 'peer-refused', weight: 70, because: ['The peer’s NegTokenResp says reject.'] }];
}

function familyOf(token: { readonly kind: Decoded['kind'] } | undefined): string | undefined {
  const kind = token?.kind;
  if (kind === undefined) return undefined;
  if (kind.startsWith('spnego') || kind === 'negoex') return 'SPNEGO';
  if (kind.startsWith('ntlm')) return 'NTLM';
  if (kind.startsWith('krb')) return 'Kerberos';
  return kind === 'tls' ? 'TLS' : undefined;
}

function takes(packageName: string, family: string): boolean {
  switch (packageName) {
    case 'kerberos':
      return family === 'Kerberos';
    case 'ntlm':
      return family === 'NTLM';
    case 'negotiate':
      return family !== 'TLS';
    case 'schannel':
    case 'microsoft unified security protocol provider':
      return family === 'TLS';
    default:
      return true;
  }
}
