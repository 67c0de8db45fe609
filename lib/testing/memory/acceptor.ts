import { acceptorFlags } from '../../flags/tables';
import { agree, bindingsDigest, bitsOf, type Agreement, type Party, type PartyCall, type PartyTerms } from './party';
import { decodeToken, encodeToken, type MemoryToken, type ReceivedToken } from './tokens';
import { randomBytes } from 'node:crypto';
import type { ScriptedLeg } from '../script';

type Of<Type extends MemoryToken['type']> = Extract<MemoryToken, { readonly type: Type }>;

const nonceLength = 16;
const noKey = Buffer.alloc(0);

/** The server of an in-memory handshake. */
export class MemoryAcceptor implements Party {
  agreement: Agreement | undefined;
  readonly #terms: PartyTerms;
  #nonces: string | undefined;

  constructor(terms: PartyTerms) {
    this.#terms = terms;
  }

  leg(call: PartyCall): ScriptedLeg {
    const received = call.input && decodeToken(call.input);
    const type = received?.token.type;
    const { package: name } = this.#terms;
    if (this.#nonces !== undefined) {
      return type === 'authenticate'
        ? this.#verify(call, received as ReceivedToken)
        : { status: 'SEC_E_INVALID_TOKEN' };
    }
    if (type === 'ap-req' && name !== 'NTLM') return this.#reply(call, received as ReceivedToken);
    if (type === 'negotiate' && name !== 'Kerberos')
      return this.#challenge((received as ReceivedToken).token as Of<'negotiate'>);
    return { status: 'SEC_E_INVALID_TOKEN' };
  }

  #reply(call: PartyCall, received: ReceivedToken): ScriptedLeg {
    const { domain, permits } = this.#terms;
    const { user: name, target, nonce, flags, bindings } = received.token as Of<'ap-req'>;
    const account = domain.user(name);
    if (!permits('Kerberos')) return { status: 'SEC_E_SECPKG_NOT_FOUND' };
    // A ticket of another domain: the key of this one does not decrypt it.
    if (account === undefined) return { status: 'SEC_E_WRONG_PRINCIPAL' };
    const key = domain.keyOf(account.name, account.password);
    if (!received.genuine(key)) return { status: 'SEC_E_WRONG_PRINCIPAL' };
    const bindingsResult = resultOf(call, bindings);
    if ((bindingsResult & notValid) !== 0) return { status: 'SEC_E_BAD_BINDINGS', bindingsResult };
    const mutual = flags.includes('mutualAuth');
    const own = mutual ? randomBytes(nonceLength).toString('hex') : '';
    const parties = { user: account.name, target };
    this.agreement = agree('acceptor', 'Kerberos', { user: key, nonces: nonce + own }, flags, parties);
    const replyKey = Buffer.concat([key, Buffer.from(nonce)]);
    const token = mutual ? encodeToken({ type: 'ap-rep', nonce: own }, replyKey) : undefined;
    return { status: 'SEC_E_OK', token, flags: bitsOf(flags, 'acceptor'), bindingsResult };
  }

  #challenge({ nonce }: Of<'negotiate'>): ScriptedLeg {
    const { domain, permits } = this.#terms;
    if (!permits('NTLM')) return { status: 'SEC_E_SECPKG_NOT_FOUND' };
    const own = randomBytes(nonceLength).toString('hex');
    this.#nonces = nonce + own;
    const token = encodeToken({ type: 'challenge', nonce: own, domain: domain.shortName }, noKey);
    return { status: 'SEC_I_CONTINUE_NEEDED', token, flags: 0 };
  }

  #verify(call: PartyCall, received: ReceivedToken): ScriptedLeg {
    const { domain } = this.#terms;
    const { user: name, target, flags, bindings } = received.token as Of<'authenticate'>;
    const nonces = this.#nonces as string;
    const account = domain.user(name);
    if (account === undefined || account.refused !== undefined) return { status: 'SEC_E_LOGON_DENIED' };
    const key = domain.keyOf(account.name, account.password);
    if (!received.genuine(Buffer.concat([key, Buffer.from(nonces)]))) return { status: 'SEC_E_LOGON_DENIED' };
    const bindingsResult = resultOf(call, bindings);
    if ((bindingsResult & notValid) !== 0) return { status: 'SEC_E_BAD_BINDINGS', bindingsResult };
    this.agreement = agree('acceptor', 'NTLM', { user: key, nonces }, flags, { user: account.name, target });
    return { status: 'SEC_E_OK', flags: bitsOf(flags, 'acceptor'), bindingsResult };
  }
}

/** SEC_CHANNEL_BINDINGS_RESULT_* (sspi.h). */
const result = {
  clientSupport: 0x01,
  absent: 0x02,
  notValidMismatch: 0x04,
  notValidMissing: 0x08,
  validMatched: 0x10,
  validProxy: 0x20,
  validMissing: 0x40,
} as const;
const notValid = result.notValidMismatch | result.notValidMissing;

/**
 * Channel bindings are compared if this side has some; `proxyBindings` requires any, and `allowMissingBindings` accepts a
 * client that has none.
 */
function resultOf({ channelBindings, flags }: PartyCall, theirs: string): number {
  const proxied = (flags & acceptorFlags.proxyBindings) !== 0;
  if (theirs === '') {
    const asked = channelBindings !== undefined || proxied;
    const allowed = !asked || (flags & acceptorFlags.allowMissingBindings) !== 0;
    return result.absent | (allowed ? result.validMissing : result.notValidMissing);
  }
  if (channelBindings === undefined) return result.clientSupport | (proxied ? result.validProxy : 0);
  const same = theirs === bindingsDigest(channelBindings);
  return result.clientSupport | (same ? result.validMatched : result.notValidMismatch);
}
