/** Cyrus SASL's own sample client signs on to our acceptor: every layer, agreed on and then used in both directions. */
import { runInLab, startOnWindows, Peers } from '../support/lab';
import type { Outcome, Setting } from './program/sample-server';
import type { Ending } from '../support/program';

type Case = readonly [name: string, layer: Setting['layer'], least: number, most: number];

const strongest = 256;
const agreed: readonly Case[] = [
  ['none', 'none', 0, 0],
  ['integrity', 'integrity', 0, 1],
  ['confidentiality', 'confidentiality', 0, strongest],
  ['the client chooses confidentiality', ['integrity', 'confidentiality'], 0, strongest],
  ['the client has to take integrity', ['integrity', 'none'], 0, strongest],
];
const refused: readonly Case[] = [
  ['none where the client requires a layer', 'none', 1, strongest],
  ['confidentiality where the client has integrity', 'confidentiality', 0, 1],
];
const all = [...agreed, ...refused];

/** Its streams are the connection; what it says about itself is also on the standard error. */
const client =
  'exec 3<>/dev/tcp/127.0.0.1/$0 && stdbuf -o0 sasl-sample-client -s HTTP -n web.corp.test -m GSSAPI -u "$1" -b "$2" <&3 | tee >(cat >&2) >&3';

let peers: Peers;
let outcomes: ReadonlyMap<string, Outcome>;
let endings: ReadonlyMap<string, Ending>;

beforeAll(async () => {
  peers = await Peers.start('sasl-sample'); // installs the client, too
  const settings = all.map(([name, layer]): Setting => ({ name, layer }));
  const program = 'dist-test/interop/sasl/program/sample-server.js';
  await using server = startOnWindows(program, [JSON.stringify(settings)], { tickets: 'none' });
  const [line] = await server.stdout.find(/^\[.*\]$/);
  const ports = JSON.parse(line) as readonly number[];
  const ended: (readonly [string, Ending])[] = [];
  for (const [index, [name, , least, most]] of all.entries()) {
    const args = ['-c', client, String(ports[index]), 'alice', `min=${least},max=${most}`];
    ended.push([name, await runInLab('bash', args)]);
  }
  endings = new Map(ended);
  const { stdout } = await server.ended;
  const told = stdout.split('\n').filter((each) => each.startsWith('{'));
  outcomes = new Map(told.map((each) => JSON.parse(each) as Outcome).map((outcome) => [outcome.name, outcome]));
}, 240_000);
afterAll(() => peers[Symbol.asyncDispose](), 30_000);

test.each(agreed)('%s: both open what the other has protected', (name) => {
  const layer = (['none', 'integrity', 'confidentiality'] as const).find((each) => name.includes(each));
  expect(outcomes.get(name)).toEqual({ name, layer, authzid: 'alice', received: 'client message 1' });
  expect(endings.get(name)?.stderr).toContain("recieved decoded message 'srv message 1'");
});

test.each(refused)('%s: no agreement', (name) => {
  expect(outcomes.get(name)).toMatchObject({ code: expect.any(String) as string });
  expect(endings.get(name)?.stderr).not.toContain('recieved decoded message');
});
