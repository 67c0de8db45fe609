import { fatalAlert, type Clues } from '../clues';
import type { CauseName } from '../../errors/catalogue/causes';
import type { DecodedToken, TlsAlert } from '../../inspect';
import type { Finding } from '../../errors/finding';

type Meaning = readonly (readonly [cause: CauseName, weight: number])[];

/** The meaning of TLS alerts (RFC 8446 section 6.2, RFC 5246 section 7.2.2); certain only if there is no other interpretation. */
const meanings: Readonly<Record<number, Meaning>> = {
  0: [['peer-closed', 92]],
  10: [['token-of-other-connection', 60]],
  20: [['message-altered', 80]],
  21: [['message-altered', 80]],
  22: [['damaged-token', 60]],
  40: [
    ['no-common-protocol', 75],
    ['certificate', 45],
  ],
  41: [['certificate', 90]],
  42: [['certificate', 95]],
  43: [['certificate', 95]],
  44: [['certificate', 95]],
  45: [['certificate', 95]],
  46: [['certificate', 95]],
  48: [['certificate', 95]],
  50: [['damaged-token', 60]],
  51: [['message-altered', 60]],
  60: [['no-common-protocol', 92]],
  70: [['no-common-protocol', 95]],
  71: [['no-common-protocol', 95]],
  86: [['no-common-protocol', 92]],
  109: [['no-common-protocol', 80]],
  110: [['no-common-protocol', 80]],
  112: [['wrong-host-name', 92]],
  116: [['no-credentials', 92]],
  120: [['no-common-protocol', 95]],
};

/** An unencrypted TLS alert: the side that ended the connection says why. */
export function alertRule({ exchange, error }: Clues): Finding[] {
  if (error.status === undefined && !error.code.startsWith('ERR_SSPI_PEER_')) return [];
  const { token, problem, direction } = exchange.at(-1) ?? {};
  const decoded = token as DecodedToken | undefined;
  if (decoded?.kind !== 'tls' || problem !== undefined) return [];
  const alert = fatalAlert(decoded);
  if (alert === undefined) return [];
  const because = [sentence(alert, direction === 'received')];
  const meaning = meanings[alert.description.value];
  if (meaning !== undefined) return meaning.map(([cause, weight]) => ({ cause, ground: 'said', weight, because }));
  // An alert of this side without a specific meaning only repeats the status.
  return direction === 'received' ? [{ cause: 'peer-refused', ground: 'said', weight: 92, because }] : [];
}

function sentence({ level, description }: TlsAlert, received: boolean): string {
  const alert = `the TLS alert ${description.name} (${description.value}, ${level.name})`;
  return received ? `The peer sent ${alert}.` : `This side refused with ${alert}.`;
}
