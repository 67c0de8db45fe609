/** docs/gss-interop.md, made of what was seen. */
import fs from 'node:fs';
import path from 'node:path';
import { combinations, layers, layersOf, nameOf, type Combination, type Layer, type PeerName } from './cells';
import type { Lane } from '../support/lab';
import type { Seen } from './limits';

/** By name of the combination. */
export type Results = Readonly<Record<string, Readonly<Partial<Record<Layer, Seen>>>>>;

const checkout = path.resolve(__dirname, '../../..');
export const page = path.join(checkout, 'docs/gss-interop.md');
export const seenFile = (lane: Lane): string => path.join(checkout, 'test/interop/gss/seen', `${lane}.json`);

export const lanes: readonly Lane[] = ['wine8', 'wine10'];
const lanesTitles = { wine8: 'Wine 8', wine10: 'Wine 10' } as const;

export function readSeen(lane: Lane): Results {
  const file = seenFile(lane);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Results) : {};
}

export function writeSeen(lane: Lane, results: Results): void {
  fs.mkdirSync(path.dirname(seenFile(lane)), { recursive: true });
  fs.writeFileSync(seenFile(lane), `${JSON.stringify(results, null, 2)}\n`);
  fs.writeFileSync(page, render());
}

const introduction = `# GSSAPI peers

What the messages and signatures of this package were held against: implementations of GSSAPI that this project did not
write, each as client and as server where it can be both. The suite \`test/interop/gss\` writes this page, and fails if what
it sees is different:

    SSPI_WRITE_SEEN=1 npm test -- --only interop --file gss

In each cell the two sides establish a context with the flags of that layer. With the layers integrity and confidentiality,
messages of 0, 1, 4,096 and 65,536 bytes are protected (\`wrap\`, \`unwrap\`) and signed (\`sign\`, \`verify\`) by each side and opened
by the other, except as stated for a peer; then each side must refuse an altered message. With the layer none, the context alone is
shown. A peer that names the client must name the right one (Samba is not asked), and the flag of mutual authentication must be
the same on both sides.

- **yes**: seen. **yes, AES**: seen, but with an AES key: with mutual authentication both sides of MIT's library agree on
  a key of the strongest type that both support (RFC 4537), whatever the session key of the ticket is.
- **SPNEGO** with this package as the client is the package Negotiate. Wine's sends the raw token of Kerberos or NTLM
  instead, which the peers accept as well. With the peer as the client the tokens are SPNEGO's (RFC 4178).
- **no**, with a number: not possible in this lane, for the reason below the tables.
- **Windows**: nothing was seen. The peers run on Linux, and the hosted Windows runners of the workflow belong to no domain.

The domain controller is Samba 4.17 with Wine 8, and Samba 4.22 with Wine 10. Accounts of services have AES keys only; RC4
session keys are of tickets for the controller's own account. In DCE style, header and data are protected separately
(\`encrypt\`, \`decrypt\`), and there is always mutual authentication.
`;

const abouts: Readonly<Record<PeerName, string>> = {
  'python3-gssapi': 'python3-gssapi 1.8 of Debian 12, over MIT krb5 1.20. DCE style uses `gss_wrap_iov`.',
  'gss-server':
    "The sample server of MIT krb5 1.20. It opens this package's messages, and answers with their signatures. It ends when it gets a message of 0 bytes, which is left out.",
  'gss-client':
    'The sample client of MIT krb5 1.20. It protects a message, and verifies the signature that this package answers with. It alters none.',
  kerberos:
    "The npm package kerberos 7.0 on Linux, over MIT krb5 1.20. As a client it opens messages of any size but 0, which ends its process; the only message that it can make is the last one of SASL's GSSAPI. As a server it establishes contexts and has no messages. It has no signatures.",
  'gss-ntlmssp':
    'gss-ntlmssp 1.2 of Debian 12, by python3-gssapi. It refuses to wrap 0 bytes, which are left out. It always encrypts, so with the layer integrity there are signatures only, and no altered message. NTLM has no mutual authentication.',
  Samba:
    'The LDAP server of the domain controller, Samba 4.17 and 4.22: `GSSAPI` where the mechanism is Kerberos, otherwise `GSS-SPNEGO`. Each side protects messages, of requests with at least so many bytes; there are no signatures, and no altered messages.',
};

const styles = { mutual: 'mutual', 'one-way': 'client only', DCE: 'DCE style' } as const;
const keys = { aes256: 'AES-256', aes128: 'AES-128', rc4: 'RC4' } as const;

/** The whole page. */
export function render(results: Readonly<Record<string, Results>> = seenOfAll()): string {
  const reasons: string[] = [];
  const peers = [...new Set(combinations.map(({ peer }) => peer))];
  const sections = peers.map((peer) => {
    const rows = combinations.filter((combination) => combination.peer === peer);
    return `## ${peer}\n\n${abouts[peer]}\n\n${table(rows, results, reasons)}`;
  });
  const list = reasons.map((reason, i) => `${i + 1}. ${reason}\n`).join('');
  return `${introduction}\n${sections.join('\n')}\n## Not possible\n\n${list}`;
}

function seenOfAll(): Record<string, Results> {
  return Object.fromEntries(lanes.map((lane) => [lane, readSeen(lane)]));
}

function table(rows: readonly Combination[], results: Readonly<Record<string, Results>>, reasons: string[]): string {
  const head = ['client', 'mechanism', 'session key', 'authentication'];
  const titles = lanes.flatMap((lane) => layers.map((layer) => `${lanesTitles[lane]}, ${layer}`));
  const body = rows.map((row) => {
    const client = row.initiator === 'sspi' ? 'sspi' : row.peer;
    const about = [client, row.mechanism, row.key === undefined ? '' : keys[row.key], styles[row.style]];
    const cells = lanes.flatMap((lane) =>
      layers.map((layer) => {
        if (!layersOf(row).includes(layer)) return 'it cannot';
        return textOf(results[lane]?.[nameOf(row)]?.[layer], reasons);
      }),
    );
    return [...about, ...cells, 'no report yet'];
  });
  return aligned([[...head, ...titles, 'Windows'], ...body]);
}

function textOf(seen: Seen | undefined, reasons: string[]): string {
  if (seen === undefined) return 'not tried';
  if (seen === 'seen') return 'yes';
  if (seen === 'seen with AES') return 'yes, AES';
  const reason = seen.slice('impossible: '.length);
  if (!reasons.includes(reason)) reasons.push(reason);
  return `no (${reasons.indexOf(reason) + 1})`;
}

/** A table as prettier writes it. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('');
}
