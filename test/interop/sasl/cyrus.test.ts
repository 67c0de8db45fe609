/** Cyrus SASL's own sample server: every layer, agreed on and then used in both directions. */
import { Peers, runOnWindows } from '../support/lab';
import type { Case, Result } from './program/sample-client';
import type { MechanismOptions } from 'sspi/sasl';

type Setting = readonly [name: string, options: Partial<MechanismOptions>, least: number, most: number];

const strongest = 256;

const agreed: readonly Setting[] = [
  ['GSSAPI, none', { layer: 'none' }, 0, 0],
  ['GSSAPI, integrity', { layer: 'integrity' }, 0, 1],
  ['GSSAPI, confidentiality', { layer: 'confidentiality' }, 0, strongest],
  ['GSSAPI, the client chooses integrity', { layer: ['integrity', 'confidentiality'] }, 0, strongest],
  ['GSSAPI, the client has to take none', { layer: ['confidentiality', 'integrity', 'none'] }, 0, 0],
  ['GSSAPI, small buffers', { layer: 'confidentiality', maxBuffer: 256 }, 0, strongest],
  ['GSS-SPNEGO, confidentiality', { mechanism: 'GSS-SPNEGO' }, 0, strongest],
];
const refused: readonly Setting[] = [
  ['no layer where one is required', { layer: 'confidentiality' }, 0, 0],
  ['only a layer that the client excludes', { layer: 'confidentiality' }, 0, 1],
  ['a layer where none is accepted', { layer: 'none' }, 1, strongest],
];

let peers: Peers;
let results: ReadonlyMap<string, Result>;

beforeAll(async () => {
  peers = await Peers.start('sasl-sample');
  const { host, port } = peers.get('sasl-sample');
  const cases = [...agreed, ...refused].map(([name, options, least, most]): Case => {
    return { name, port, least, most, options: { mechanism: 'GSSAPI', target: `host/${host}`, ...options } };
  });
  const program = 'dist-test/interop/sasl/program/sample-client.js';
  const { stdout, stderr } = await runOnWindows(program, [JSON.stringify(cases)]);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (lines.length !== cases.length) throw new Error(`${stdout}\n${stderr}`);
  results = new Map(lines.map((line) => JSON.parse(line) as Result).map((result) => [result.name, result]));
}, 240_000);
afterAll(() => peers[Symbol.asyncDispose](), 30_000);

test.each(agreed)('%s: both open what the other has protected', (name) => {
  const layer = name.includes('none') ? 'none' : name.includes('integrity') ? 'integrity' : 'confidentiality';
  expect(results.get(name)).toEqual({ name, layer, received: 'srv message 1', understood: 'client message 1' });
});

test.each(refused)('%s: refused by the client', (name) => {
  expect(results.get(name)).toMatchObject({ code: 'ERR_SSPI_SASL_LAYER' });
});
