import {
  agree,
  bindingsDigest,
  bitsOf,
  granted,
  type Agreement,
  type Mechanism,
  type Party,
  type PartyCall,
  type PartyTerms,
} from './party';
import { decodeToken, encodeToken } from './tokens';
import { initiatorFlags } from '../../flags/tables';
import { randomBytes } from 'node:crypto';
import type { ScriptedLeg } from '../script';

/** The account of the client's credentials. */
export interface Login {
  readonly user: string;
  readonly domain: string | undefined;
  readonly password: string;
}

const nonceLength = 16;
const noKey = Buffer.alloc(0);

/** The client of an in-memory handshake. */
export class MemoryInitiator implements Party {
  agreement: Agreement | undefined;
  readonly #terms: PartyTerms;
  readonly #login: Login | undefined;
  #next: (call: PartyCall) => ScriptedLeg = (call) => this.#first(call);

  constructor(terms: PartyTerms, login: Login | undefined) {
    this.#terms = terms;
    this.#login = login;
  }

  leg(call: PartyCall): ScriptedLeg {
    return this.#next(call);
  }

  #first(call: PartyCall): ScriptedLeg {
    if (this.#login === undefined) return { status: 'SEC_E_NO_CREDENTIALS' };
    const mechanism = this.#choose(call.target);
    if (mechanism === undefined) return { status: 'SEC_E_TARGET_UNKNOWN' };
    return mechanism === 'Kerberos' ? this.#request(call, this.#login) : this.#negotiate(this.#login);
  }

  #choose(target: string | undefined): Mechanism | undefined {
    const { package: name, domain, permits } = this.#terms;
    const known = domain.hasService(target);
    if (name === 'Kerberos') return known ? 'Kerberos' : undefined;
    if (name === 'NTLM') return 'NTLM';
    if (known && permits('Kerberos')) return 'Kerberos';
    return permits('NTLM') ? 'NTLM' : undefined;
  }

  /** The domain controller's answer to a logon, before there is a ticket. */
  #refused({ user, domain: realm, password }: Login): boolean {
    const { domain } = this.#terms;
    const account = domain.isOwnDomain(realm) ? domain.user(user) : undefined;
    return account === undefined || account.refused !== undefined || account.password !== password;
  }

  #request(call: PartyCall, login: Login): ScriptedLeg {
    if (this.#refused(login)) return { status: 'SEC_E_LOGON_DENIED' };
    const { user, password } = login;
    const target = call.target as string;
    const flags = granted(namesOf(call.flags), 'Kerberos');
    const key = this.#terms.domain.keyOf(user, password);
    const nonce = randomBytes(nonceLength).toString('hex');
    const bindings = bindingsDigest(call.channelBindings);
    const token = encodeToken({ type: 'ap-req', user, target, nonce, flags, bindings }, key);
    const bits = bitsOf(flags, 'initiator');
    const finish = (nonces: string): void => {
      this.agreement = agree('initiator', 'Kerberos', { user: key, nonces }, flags, { user, target });
    };
    if (!flags.includes('mutualAuth')) {
      finish(nonce);
      return { status: 'SEC_E_OK', token, flags: bits };
    }
    this.#next = ({ input }) => {
      const reply = input && decodeToken(input);
      if (reply?.token.type !== 'ap-rep') return { status: 'SEC_E_INVALID_TOKEN' };
      // Only somebody with the key of this request can have made it.
      if (!reply.genuine(Buffer.concat([key, Buffer.from(nonce)]))) return { status: 'SEC_E_MUTUAL_AUTH_FAILED' };
      finish(nonce + reply.token.nonce);
      return { status: 'SEC_E_OK', flags: bits };
    };
    return { status: 'SEC_I_CONTINUE_NEEDED', token, flags: bits };
  }

  #negotiate({ user, password }: Login): ScriptedLeg {
    const nonce = randomBytes(nonceLength).toString('hex');
    this.#next = (call) => {
      const challenge = call.input && decodeToken(call.input);
      if (challenge?.token.type !== 'challenge') return { status: 'SEC_E_INVALID_TOKEN' };
      const flags = granted(namesOf(call.flags), 'NTLM');
      const key = this.#terms.domain.keyOf(user, password);
      const nonces = nonce + challenge.token.nonce;
      const target = call.target ?? '';
      const bindings = bindingsDigest(call.channelBindings);
      const proof = Buffer.concat([key, Buffer.from(nonces)]);
      const token = encodeToken({ type: 'authenticate', user, target, flags, bindings }, proof);
      this.agreement = agree('initiator', 'NTLM', { user: key, nonces }, flags, { user, target });
      return { status: 'SEC_E_OK', token, flags: bitsOf(flags, 'initiator') };
    };
    return { status: 'SEC_I_CONTINUE_NEEDED', token: encodeToken({ type: 'negotiate', nonce }, noKey), flags: 0 };
  }
}

function namesOf(bits: number): string[] {
  return Object.entries(initiatorFlags).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]));
}
