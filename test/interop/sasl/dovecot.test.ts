/** Dovecot: IMAP, whose server asks first and knows no security layer. */
import { Peers, runOnWindows } from '../support/lab';
import type { ImapCase, ImapResult } from './program/imap-client';
import type { MechanismOptions } from 'sspi/sasl';

const target = 'imap/mail.corp.test';
const signsOn = { mechanism: 'GSSAPI', target, layer: 'none' } as const;
const refused: readonly (readonly [name: string, options: MechanismOptions])[] = [
  ['a layer that the server has not', { ...signsOn, layer: 'confidentiality' }],
  // Decision 44: Wine requests confidentiality for every client, and with this mechanism what is granted is the layer.
  ['GSS-SPNEGO under Wine', { ...signsOn, mechanism: 'GSS-SPNEGO' }],
];

let peers: Peers;
let results: ReadonlyMap<string, ImapResult>;

beforeAll(async () => {
  peers = await Peers.start('dovecot');
  const { port, tlsPort = 0 } = peers.get('dovecot');
  const plain = (name: string, options: MechanismOptions): ImapCase => ({ name, port, secure: false, options });
  const cases: readonly ImapCase[] = [
    plain('TCP', signsOn),
    { name: 'TLS', port: tlsPort, secure: true, options: signsOn },
    ...refused.map(([name, options]) => plain(name, options)),
    plain('a service that nobody owns', { ...signsOn, target: 'imap/unknown.corp.test' }),
  ];
  const program = 'dist-test/interop/sasl/program/imap-client.js';
  const { stdout, stderr } = await runOnWindows(program, [JSON.stringify(cases)]);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (lines.length !== cases.length) throw new Error(`${stdout}\n${stderr}\n${peers.log('dovecot')}`);
  results = new Map(lines.map((line) => JSON.parse(line) as ImapResult).map((result) => [result.name, result]));
}, 240_000);
afterAll(() => peers[Symbol.asyncDispose](), 30_000);

test.each(['TCP', 'TLS'])('over %s: signs on, and the mailbox opens', (name) => {
  const ok = expect.stringMatching(/^OK /) as string;
  expect(results.get(name)).toEqual({ name, said: [ok, ok], established: true });
});

test('the server knows who it is', () => {
  expect(peers.log('dovecot').match(/Login: user=<alice>, method=GSSAPI/g)).toHaveLength(2);
});

test.each(refused)('%s: refused on this side', (name) => {
  expect(results.get(name)).toMatchObject({ said: [], established: false, code: 'ERR_SSPI_SASL_LAYER' });
});

test('a service that nobody owns fails before anything is sent', () => {
  const { said, established, code } = results.get('a service that nobody owns') as ImapResult;
  expect({ said, established }).toEqual({ said: [], established: false });
  expect(code).toMatch(/^SEC_E_/);
});
