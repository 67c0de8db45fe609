import { haveExpired, ticketWasSent } from '../errors/diagnosis';
import { isAnonymous } from './rules/ntlm-messages';
import { permits } from '../credentials/package-bounds';
import { requests } from './flag-names';
import type { Clues } from './clues';
import type { Sign } from '../errors/catalogue/causes';

const legCalls = ['InitializeSecurityContext', 'AcceptSecurityContext', 'CompleteAuthToken'];

/** When each sign is present. */
const evident: Readonly<Record<Sign, (clues: Clues) => boolean>> = {
  'no-token-given': ({ error, evidence, failing, inputBytes }) =>
    inputBytes === undefined &&
    (error.api === 'AcquireCredentialsHandle' ||
      (legCalls.includes(error.api ?? '') && evidence.legs !== undefined && failing !== undefined)),
  'token-whole': ({ input }) => input?.whole === true,
  'peer-said-why': ({ refusal }) => refusal !== undefined,
  'ticket-sent': ({ evidence }) => ticketWasSent(evidence),
  'ticket-opened': ({ evidence, last }) => evidence.acceptedBefore === true || last('krb-ap-rep') !== undefined,
  replayed: ({ evidence }) => evidence.acceptedBefore === true,
  'target-missing': ({ evidence, target }) => evidence.role === 'initiator' && target === undefined,
  'target-is-address': ({ target }) => target?.isAddress === true,
  'target-given': ({ target }) => target !== undefined,
  'identity-given': ({ evidence }) => evidence.account !== undefined,
  'bindings-given': ({ evidence }) => evidence.channelBindings !== undefined,
  'client-anonymous': ({ last }) => {
    const message = last('ntlm-authenticate');
    return message !== undefined && isAnonymous(message);
  },
  'credentials-valid': ({ evidence }) =>
    evidence.role === 'initiator' &&
    evidence.expiry !== undefined &&
    evidence.time !== undefined &&
    !haveExpired(evidence),
  'package-is-ntlm': ({ evidence }) => evidence.package?.toLowerCase() === 'ntlm',
  'ntlm-denied': ({ evidence }) => evidence.bounds !== undefined && !permits(evidence.bounds, 'NTLM'),
  'package-found': ({ error, evidence }) => legCalls.includes(error.api ?? '') && evidence.package !== undefined,
  'protection-requested': ({ evidence }) => requests(evidence, 'integrity') || requests(evidence, 'confidentiality'),
  initiator: ({ evidence }) => evidence.role === 'initiator' || evidence.use === 'outbound',
  acceptor: ({ evidence }) => evidence.role === 'acceptor' || evidence.use === 'inbound',
  wine: ({ wine }) => wine,
  windows: ({ wine, evidence }) => !wine && evidence.package !== undefined,
};

export function signsOf(clues: Clues): ReadonlySet<Sign> {
  const names = Object.keys(evident) as Sign[];
  return new Set(names.filter((name) => evident[name](clues)));
}
