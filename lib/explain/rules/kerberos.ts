import { byKerberosCode, causeOfReason } from '../../errors/catalogue/reasons';
import { hexStatus } from '../../errors/status-code';
import { mustUseUser2User } from '../../inspect/kerberos/names';
import type { Clues } from '../clues';
import type { Finding } from '../../errors/finding';
import type { KerberosError, KerberosErrorData, KerberosExtendedError } from '../../inspect';

/**
 * What the KDC or the service itself says: a KRB-ERROR in the exchange; the NTSTATUS in its e-data takes precedence over its
 * code.
 */
export function kerberosErrorRule({ last }: Clues): Finding[] {
  const error = last('krb-error');
  if (error === undefined) return [];
  const { value, name } = error.errorCode;
  const said = `The KRB-ERROR says ${name} (${value}): ${error.meaning}.`;
  const times = skewText(error);
  const findings: Finding[] = [];

  const status = extendedStatus(error.eData)?.status;
  const reason = status && causeOfReason(status.name);
  if (status !== undefined && reason !== undefined) {
    findings.push({
      cause: reason,
      ground: 'said',
      weight: 99,
      because: [said, `Its e-data contains the exact reason: ${status.name} (${hexStatus(status.value)}).`],
    });
  }
  const userToUser = needsUserToUser(error.eData);
  if (userToUser) {
    const because = [
      said,
      'Its e-data says TD-MUST-USE-USER2USER (-128): the name is known, but its account accepts no other tickets.',
    ];
    findings.push({ cause: 'user-to-user', ground: 'said', weight: 98, because });
  }
  const causes = userToUser ? [] : (byKerberosCode[value] ?? []);
  causes.forEach((cause, i) => {
    // If the code stands for several causes, none is certain.
    const weight = causes.length === 1 ? 95 : 85 - i * 15;
    findings.push({
      cause,
      ground: 'said',
      weight,
      because: times !== undefined && cause === 'clock-skew' ? [said, times] : [said],
    });
  });
  if (findings.length === 0) findings.push({ cause: 'peer-refused', ground: 'said', weight: 60, because: [said] });
  return findings;
}

/** Windows' domain controllers report this together with KDC_ERR_S_PRINCIPAL_UNKNOWN, which by itself has another meaning. */
function needsUserToUser(data: KerberosErrorData | undefined): boolean {
  return data?.type === 'TYPED-DATA' && data.items.some(({ type }) => type.value === mustUseUser2User);
}

function extendedStatus(data: KerberosErrorData | undefined): KerberosExtendedError | undefined {
  if (data === undefined || data.type === 'unknown') return undefined;
  if (data.type === 'KERB-ERROR-DATA') return data.extended;
  return data.items.find(({ extended }) => extended !== undefined)?.extended;
}

function skewText({ ctime, stime }: KerberosError): string | undefined {
  if (ctime === undefined) return undefined;
  const seconds = Math.round((Date.parse(stime) - Date.parse(ctime)) / 1000);
  if (!Number.isFinite(seconds)) return undefined;
  const side = seconds > 0 ? 'ahead of' : 'behind';
  return `Its clock is ${Math.abs(seconds)} s ${side} the client’s (${stime} and ${ctime}).`;
}
