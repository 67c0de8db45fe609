import { count } from '../../inspect/reading';
import { diagnose, protectionLacking } from '../../errors/diagnosis';
import { firstLine, shapeOf, textProtocol } from '../../errors/token-shape';
import type { CauseName } from '../../errors/catalogue/causes';
import type { Clues, Input } from '../clues';
import type { Finding } from '../../errors/finding';

/** What can be determined without decoding, which is what the hint says, with the decoded tokens as evidence. */
export function diagnosisRule(clues: Clues): Finding[] {
  const { error, evidence } = clues;
  const cause = diagnose(error.code, error.leg, evidence);
  if (cause === undefined) return [];
  const weight = provesItself(cause, clues) ? 99 : 89;
  return [{ cause, ground: 'seen', weight, because: reasonsFor(cause, clues) }];
}

/** A problem of the token is conclusive; one of the credentials may not be the only problem. */
function provesItself(cause: CauseName, { error, evidence, input, wine }: Clues): boolean {
  switch (cause) {
    case 'token-of-other-connection':
      return evidence.acceptedBefore === true;
    case 'no-credentials':
      return false;
    case 'empty-password':
      // Wine's NTLM treats an empty password as no password.
      return wine && input !== undefined;
    case 'credentials-expired':
      // These statuses name a reason themselves.
      return !['SEC_E_TARGET_UNKNOWN', 'SEC_E_NO_AUTHENTICATING_AUTHORITY'].includes(error.code);
    default:
      return true;
  }
}

function reasonsFor(cause: CauseName, { evidence, input, inputBytes, failing }: Clues): string[] {
  const described = input === undefined ? '' : describe(input);
  switch (cause) {
    case 'damaged-token':
      return ['The token that was passed is empty.'];
    case 'other-protocol': {
      const bytes = inputBytes as Uint8Array;
      return [`The input begins like ${textProtocol(bytes)}: “${firstLine(bytes)}”.`];
    }
    case 'token-of-this-side': {
      const isOwn = evidence.legs?.some(
        ({ sent }) => sent !== undefined && Buffer.compare(sent, inputBytes as Uint8Array) === 0,
      );
      return [
        `${described}.`,
        isOwn === true ? 'This side sent exactly these bytes.' : `This side is the ${evidence.role}.`,
      ];
    }
    case 'spnego-to-kerberos':
    case 'token-of-other-package':
      return [`${described}.`, `The credentials are for ${evidence.package ?? 'another package'}.`];
    case 'token-of-other-connection':
      return evidence.acceptedBefore === true
        ? [`${described}.`, 'A server in this process has already accepted exactly this token: it is a replay.']
        : [
            `${described}.`,
            `It is not a first token, but leg ${failing?.index ?? 0} is the first one of this server: the handshake was started on another connection.`,
          ];
    case 'credentials-expired':
      return [`They expired on ${new Date(evidence.expiry as number).toISOString()}.`];
    case 'protection-not-offered':
      return protectionLacking(inputBytes, evidence).map(
        ({ flag, bit }) =>
          `This side requests ${flag}, and the AUTHENTICATE message has no ${bit}: Samba’s ntlm_auth, which Wine uses, requires it.`,
      );
    case 'empty-password':
      return ['The identity was passed with an empty password.'];
    default:
      return ['No identity was passed, and Wine stores no passwords for NTLM.'];
  }
}

/** Statuses that packages return for a token that they cannot read; Wine's include SEC_E_INTERNAL_ERROR. */
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
  'SEC_E_ILLEGAL_MESSAGE',
  'SEC_E_MUTUAL_AUTH_FAILED',
];

/** Examines the input of the failing call: is it complete, and does it match what came before? */
export function inputRule(clues: Clues): Finding[] {
  const { error, input, inputBytes, refusal } = clues;
  if (input === undefined || inputBytes === undefined || !aboutInput.includes(error.code)) return [];
  if (refusal !== undefined || diagnose(error.code, error.leg, clues.evidence) !== undefined) return [];
  if (!input.whole) return damage(input, inputBytes);
  return [...unreadSpnego(clues, input), ...unfitting(clues, input)];
}

function damage(input: Input, bytes: Uint8Array): Finding[] {
  const described = describe(input);
  if (input.problem !== undefined) {
    const because = [`${described}; it cannot be decoded: ${input.problem}.`];
    return [{ cause: 'damaged-token', ground: 'seen', weight: 90, because }];
  }
  const trailing = input.parts.find((part) => part.trailing !== undefined)?.trailing;
  if (trailing === undefined) return [];
  const tail = bytes.subarray(trailing.offset);
  const isZero = tail.every((byte) => byte === 0);
  const because = [
    `${described}, and ends at byte ${trailing.offset}: ${count(trailing.length, 'byte')} more ${isZero ? 'are padding' : 'were joined to it'}.`,
  ];
  return [{ cause: 'damaged-token', ground: 'seen', weight: isZero ? 55 : 91, because }];
}

/** Wine passes SPNEGO to libgssapi, which can read Kerberos in it, but not NTLM without a mechanism for it. */
function unreadSpnego({ wine, evidence, failing }: Clues, { parts }: Input): Finding[] {
  const isSpnego = parts[0]?.kind.startsWith('spnego') === true;
  const tookSpnego = evidence.legs?.some((leg) => leg !== failing && isSpnegoToken(leg.received)) === true;
  const holdsNtlm = parts.some(({ kind }) => kind.startsWith('ntlm'));
  if (!wine || !isSpnego || tookSpnego || !holdsNtlm) return [];
  const because = ['It is NTLM inside SPNEGO: Wine’s Negotiate reads NTLM only without SPNEGO.'];
  return [{ cause: 'unsupported-function', ground: 'seen', weight: 85, because }];
}

const isSpnegoToken = (token: Uint8Array | undefined): boolean =>
  token !== undefined && shapeOf(token)?.family === 'SPNEGO';

/** A complete token that was refused anyway. */
function unfitting({ error, evidence, last }: Clues, input: Input): Finding[] {
  const described = describe(input);
  if (evidence.role === 'initiator' && input.parts.some(({ kind }) => kind === 'krb-ap-rep')) {
    const sent = last('krb-ap-req')?.ticket.sname.name;
    const ticket =
      sent === undefined
        ? []
        : [`A ticket for ${sent} was sent, and the service opened it: its name and key are correct.`];
    const because = [...ticket, `${described}: it answers another AP-REQ, or was changed.`];
    return [{ cause: 'token-of-other-connection', ground: 'seen', weight: 70, because }];
  }
  if (error.code !== 'SEC_E_INVALID_TOKEN') return [];
  const isOpening = input.parts.every(({ kind }) => kind === 'spnego-init' || kind === 'ntlm-negotiate');
  const because = [`${described}: it is complete, and of the right package.`];
  return [{ cause: 'token-of-other-connection', ground: 'seen', weight: isOpening ? 30 : 65, because }];
}

/** A peer that rejects in SPNEGO. */
export function rejectionRule({ last, exchange }: Clues): Finding[] {
  const response = last('spnego-response');
  if (response?.negState?.name !== 'reject' || exchange.at(-1)?.direction !== 'received') return [];
  return [{ cause: 'peer-refused', ground: 'said', weight: 70, because: ['The peer’s NegTokenResp says reject.'] }];
}

function describe({ length, summary }: Input): string {
  return `The token that was passed (${count(length, 'byte')}) is ${summary}`;
}
