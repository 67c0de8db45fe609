import { ByteReader } from '../../wire/byte-reader';
import { connectTcp } from './connect';
import { decode, type DecodedToken } from '../../inspect';
import { element, integer, sequence, tags } from '../../wire/ber';

/** What a KDC answered to a first, unauthenticated request. */
export interface KdcAnswer {
  /** Milliseconds from the request to the answer. */
  readonly duration: number;
  /** The KDC's clock minus this one's, in milliseconds; undefined if the answer has no time. */
  readonly skew: number | undefined;
  /** The error's name, usually `KDC_ERR_PREAUTH_REQUIRED`. */
  readonly answer: string;
}

const largestAnswer = 1 << 16;

/**
 * Asks a KDC for a ticket without pre-authentication, which is how every logon starts (RFC 4120, section 3.1): its error shows
 * that it works, and its time to the microsecond.
 */
export async function askKdc(
  host: string,
  port: number,
  realm: string,
  user: string,
  signal: AbortSignal,
): Promise<KdcAnswer> {
  const socket = await connectTcp(host, port, signal);
  try {
    const request = asRequest(realm, user);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(request.length);
    const reader = new ByteReader(socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
    const sent = Date.now();
    const start = performance.now();
    socket.write(Buffer.concat([length, request]));
    const size = (await reader.read(4)).readUInt32BE();
    if (size > largestAnswer) throw new Error(`an answer of ${size} bytes`);
    const token = decode(await reader.read(size));
    const duration = performance.now() - start;
    return { duration, skew: skewOf(token, sent + duration / 2), answer: nameOf(token) };
  } finally {
    socket.destroy();
  }
}

function skewOf(token: DecodedToken, here: number): number | undefined {
  if (token.kind !== 'krb-error') return undefined;
  return Date.parse(token.stime) + token.susec / 1000 - here;
}

function nameOf(token: DecodedToken): string {
  return token.kind === 'krb-error' ? token.errorCode.name : token.kind;
}

/** AS-REQ (RFC 4120, section 5.4.1) for a ticket-granting ticket. */
export function asRequest(realm: string, user: string): Buffer {
  const principalType = 1;
  const serviceType = 2;
  const noOptions = Buffer.from([0, 0, 0, 0, 0]);
  const etypes = [18, 17, 23].map((etype) => integer(etype));
  const nonce = Math.floor(Math.random() * 0x7fffffff);
  const body = sequence(
    field(0, element(tags.bitString, noOptions)),
    field(1, principal(principalType, user)),
    field(2, generalString(realm)),
    field(3, principal(serviceType, 'krbtgt', realm)),
    field(5, element(tags.generalizedTime, Buffer.from('20370913024805Z'))),
    field(7, integer(nonce)),
    field(8, sequence(...etypes)),
  );
  const version = 5;
  const asReq = 10;
  return element(
    tags.applicationConstructed(asReq),
    sequence(field(1, integer(version)), field(2, integer(asReq)), field(4, body)),
  );
}

const field = (n: number, value: Buffer): Buffer => element(tags.contextConstructed(n), value);
const generalString = (text: string): Buffer => element(tags.generalString, Buffer.from(text, 'utf8'));
const principal = (type: number, ...names: readonly string[]): Buffer =>
  sequence(field(0, integer(type)), field(1, sequence(...names.map(generalString))));
