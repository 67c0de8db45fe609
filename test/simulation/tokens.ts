/** Tokens of the simulated domain: framed as real ones are, since the server classifies them, with contents of their own. */

/** What a client's token says. */
export interface Claim {
  readonly kind: 'ap-req' | 'negotiate' | 'authenticate' | 'hint' | 'opaque';
  /** The account's name; empty in tokens that name nobody. */
  readonly user: string;
  /** Of a ticket: once only. Of an answer to a challenge: the challenge. */
  readonly nonce: string;
  /** False for a wrong password or a forged ticket. */
  readonly genuine: boolean;
}

/** How it is wrapped. */
export type Wrapping = 'raw' | 'spnego';

const oid = {
  spnego: '2b0601050502', // 1.3.6.1.5.5.2
  kerberos: '2a864886f712010202', // 1.2.840.113554.1.2.2
  ntlm: '2b06010401823702020a', // 1.3.6.1.4.1.311.2.2.10
  unknown: '2b0601040182370202ff01',
} as const;

const ntlmMessage: Partial<Record<Claim['kind'], number>> = { negotiate: 1, authenticate: 3 };
const begin = '<<';
const end = '>>';

/** @param request the request that carries it: which connection a token came on can then be seen at the provider. */
export function encodeToken(claim: Claim, wrapping: Wrapping, request: number): Buffer {
  const { kind, user, nonce, genuine } = claim;
  const content = Buffer.from(
    `${begin}${[kind, user, nonce, genuine ? 'genuine' : 'forged', request].join('|')}${end}`,
  );
  const message = ntlmMessage[kind];
  if (message !== undefined) {
    const head = Buffer.alloc(12);
    head.write('NTLMSSP\0', 'latin1');
    head.writeUInt32LE(message, 8);
    const raw = Buffer.concat([head, content]);
    if (wrapping === 'raw') return raw;
    return message === 1 ? negTokenInit([oid.ntlm], raw) : negTokenResp(raw);
  }
  if (kind === 'opaque') return framed(oid.unknown, content);
  if (kind === 'hint') return negTokenInit([oid.unknown, oid.kerberos], content);
  const ticket = framed(oid.kerberos, Buffer.concat([Buffer.from([0x01, 0x00]), content]));
  return wrapping === 'raw' ? ticket : negTokenInit([oid.kerberos], ticket);
}

/** The ticket that answers a hint: it begins nothing. */
export function encodeLaterTicket(claim: Claim, request: number): Buffer {
  const { user, nonce, genuine } = claim;
  return negTokenResp(
    Buffer.from(`${begin}ap-req|${user}|${nonce}|${genuine ? 'genuine' : 'forged'}|${request}${end}`),
  );
}

/** Undefined for what is no token of this domain. */
export function decodeClaim(
  token: Buffer,
): (Claim & { readonly request: number; readonly begins: boolean }) | undefined {
  const text = token.toString('latin1');
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) return undefined;
  const [kind, user, nonce, genuine, request] = text.slice(from + begin.length, to).split('|');
  return {
    kind: kind as Claim['kind'],
    user: user ?? '',
    nonce: nonce ?? '',
    genuine: genuine === 'genuine',
    request: Number(request),
    begins: token[0] !== 0xa1 && kind !== 'authenticate',
  };
}

const der = (tag: number, ...contents: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const object = (id: string): Buffer => der(0x06, Buffer.from(id, 'hex'));

const framed = (mechanism: string, inner: Buffer): Buffer => der(0x60, object(mechanism), inner);

/** RFC 4178, 4.2.1 */
function negTokenInit(mechanisms: readonly string[], token: Buffer): Buffer {
  const list = der(0xa0, der(0x30, ...mechanisms.map(object)));
  return framed(oid.spnego, der(0xa0, der(0x30, list, der(0xa2, der(0x04, token)))));
}

/** RFC 4178, 4.2.2 */
const negTokenResp = (token: Buffer): Buffer => der(0xa1, der(0x30, der(0xa2, der(0x04, token))));
