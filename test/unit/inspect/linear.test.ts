/** Inputs made to be slow: twice the size may take about twice the time, and lists have a limit. */
import { decode, InspectError } from 'sspi/inspect';
import { ctx, gss, octets, oid, oids, seq, tlv } from './support/der';
import { exchange, nego, pku2u } from './support/negoex';
import { avEol, avPair, field, flags as f, message, none, u32, utf16 } from './support/ntlm';
import { be16, clientHello, extension, handshake, record, vector16, vector24 } from './support/tls';

const repeat = (part: Buffer, times: number): Buffer => Buffer.concat(Array<Buffer>(Math.ceil(times)).fill(part));

/** Each makes an input of about n bytes (or characters). */
const makers: Readonly<Record<string, (n: number) => Buffer | string>> = {
  'a list of mechanisms': (n) => ctx(0, seq(ctx(0, seq(repeat(oid(oids.ntlm), n / 12))))),
  'a list of empty mechanisms': (n) => ctx(0, seq(ctx(0, seq(repeat(tlv(6), n / 2))))),
  'tokens in tokens': (n) => {
    let bytes: Buffer = ctx(1, seq());
    for (let i = 0; i < 20; i += 1)
      bytes = gss(oids.spnego, ctx(1, seq(ctx(2, octets(Buffer.concat([bytes, Buffer.alloc(n / 20)]))))));
    return bytes;
  },
  'AV pairs': (n) =>
    message({
      type: 2,
      header: [
        none,
        u32(f.unicode | f.targetInfo),
        Buffer.alloc(8),
        Buffer.alloc(8),
        field(Buffer.concat([repeat(avPair(1, utf16('A')), Math.min(n, 60_000) / 6), avEol])),
      ],
    }),
  'long names': (n) =>
    message({ type: 2, header: [field(utf16('ä'.repeat(Math.min(n, 60_000) / 2))), u32(f.unicode), Buffer.alloc(8)] }),
  'NegoEx messages': (n) => repeat(exchange(5, 0, Buffer.from('x')), n / 65),
  'NegoEx schemes': (n) => nego(0, 0, Array<Buffer>(Math.min(n / 16, 60_000)).fill(pku2u)),
  'TLS records': (n) => repeat(record(23, Buffer.alloc(0)), n / 5),
  'TLS handshake fragments of one byte': (n) => repeat(record(22, Buffer.from([0])), n / 6),
  'TLS messages': (n) =>
    Buffer.concat(Array.from({ length: n / 16_000 }, () => record(22, repeat(handshake(14), 4000)))),
  'one TLS message over many records': (n) => {
    const body = handshake(11, vector24(vector24(Buffer.alloc(n))));
    return Buffer.concat(
      Array.from({ length: Math.ceil(body.length / 16_000) }, (_, i) =>
        record(22, body.subarray(i * 16_000, (i + 1) * 16_000)),
      ),
    );
  },
  'cipher suites': (n) => record(22, clientHello(Array<number>(Math.min(n / 2, 8000)).fill(0x1301))),
  'TLS extensions': (n) =>
    record(22, clientHello([1], { extensions: Array<Buffer>(Math.min(n / 4, 4000)).fill(extension(99)) })),
  protocols: (n) =>
    record(
      22,
      clientHello([1], { extensions: [extension(16, vector16(repeat(Buffer.from([0]), Math.min(n, 16_000))))] }),
    ),
  'extension lists': (n) =>
    record(22, clientHello([1], { extensions: [extension(10, vector16(repeat(be16(29), Math.min(n / 2, 8000))))] })),
  hex: (n) => '6e '.repeat(n / 3),
  'base64 and a strange character': (n) => `${'A'.repeat(n)}$`,
  'base64 with blanks': (n) => 'TlRM \n'.repeat(n / 6),
  padding: (n) => `TlRM${'='.repeat(n)}x`,
  'blank lines': (n) => '\n'.repeat(n),
  'blanks before a header': (n) => `${' '.repeat(n)}Authorization: x`,
  challenges: (n) => `WWW-Authenticate: ${'Foo '.repeat(n / 4)}`,
  commas: (n) => `WWW-Authenticate: ${','.repeat(n)}`,
  parameters: (n) => `WWW-Authenticate: Foo ${'a=b,'.repeat(n / 4)}`,
  'open quotes': (n) => `WWW-Authenticate: Foo a="${'\\"'.repeat(n / 2)}`,
  'a long scheme': (n) => `WWW-Authenticate: ${'x'.repeat(n)}`,
  'folded lines': (n) => `Authorization: NTLM A\n${' AAAA\n'.repeat(n / 6)}$`,
  'wrapped lines': (n) => `Authorization: NTLM AAAA\n${'AAAA\n'.repeat(n / 5)}$`,
  'folded credentials': (n) => `Authorization: Basic A${'\n A'.repeat(n / 3)}`,
  'folds behind a mark': (n) => `> Authorization: NTLM A\n${'>  AAAA\n'.repeat(n / 8)}$`,
  'a fold of blanks': (n) => `Authorization: Basic A${' '.repeat(n / 2)}\n${' '.repeat(n / 2)}$`,
  'header lines': (n) => 'Authorization: NTLM\n'.repeat(n / 20),
  PEM: (n) => '-----BEGIN '.repeat(n / 11),
};

/** Processor time, which other programs on the machine do not change, in milliseconds; the best of a few runs. */
function time(input: Buffer | string): number {
  let best = Infinity;
  for (let run = 0; run < 5; run += 1) {
    const start = process.cpuUsage();
    try {
      decode(input);
    } catch (error) {
      if (!(error instanceof InspectError)) throw error;
    }
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

test.each(Object.entries(makers))('%s', (_, make) => {
  const small = make(96_000);
  const large = make(1_536_000);
  time(small);
  const growth = large.length / small.length;
  // Four times the proportional time, and something for what garbage collection adds; quadratic growth would be 16 times.
  const isLinear = (): boolean => time(large) < 4 * growth * time(small) + 40;
  // A processor that other programs share runs slowly at times: one pair of measurements in three has to be undisturbed.
  expect(isLinear() || isLinear() || isLinear()).toBe(true);
});

test.each([
  ['mechanisms', makers['a list of mechanisms'] as (n: number) => Buffer],
  ['records', makers['TLS records'] as (n: number) => Buffer],
  ['messages', makers['NegoEx messages'] as (n: number) => Buffer],
])('more than 20,000 %s are not read', (_, make) => {
  expect(() => decode(make(4_000_000))).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INSPECT_LIMIT' }));
});
