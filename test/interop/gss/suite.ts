/** All cells of a lane. With SSPI_WRITE_SEEN in the environment, what is seen becomes docs/gss-interop.md. */
import { combinations, layersOf, nameOf, type GssDescription, type Outcome } from './cells';
import { seenOf, type Seen } from './limits';
import { readSeen, writeSeen, type Results } from './table';
import { Peers, startOnWindows, type Lane } from '../support/lab';

export function describeGssPeers(lane: Lane): void {
  describe(`GSSAPI peers in ${lane}`, () => {
    let outcomes: readonly Outcome[];

    beforeAll(async () => {
      await using peers = await Peers.startIn(lane, 'gss');
      outcomes = await runAll(lane, peers.get('gss') as unknown as GssDescription);
    }, 240_000);

    test('every combination was tried with every layer', () => {
      const tried = outcomes.map(({ name, layer }) => `${name}: ${layer}`);
      const all = combinations.flatMap((each) => layersOf(each).map((layer) => `${nameOf(each)}: ${layer}`));
      expect(tried).toEqual(all);
    });

    test('each works, or fails as Wine must', () => {
      const strange = outcomes.filter((outcome) => seen(outcome) === undefined);
      expect(strange).toEqual([]);
    });

    test('the page says what was seen', () => {
      const results = resultsOf(outcomes);
      if (process.env['SSPI_WRITE_SEEN'] !== undefined) writeSeen(lane, results);
      expect(readSeen(lane)).toEqual(results);
    });
  });
}

async function runAll(lane: Lane, description: GssDescription): Promise<readonly Outcome[]> {
  const { krb5Conf, cache, keytab } = description;
  const program = startOnWindows('dist-test/interop/gss/program/main.js', [JSON.stringify(description)], {
    lane,
    tickets: 'none',
    input: '',
    env: { KRB5_CONFIG: krb5Conf, KRB5CCNAME: cache, KRB5_KTNAME: keytab },
  });
  const { code, stdout, stderr } = await program.ended;
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Outcome);
}

function seen(outcome: Outcome): Seen | undefined {
  const combination = combinations.find((each) => nameOf(each) === outcome.name);
  return combination && seenOf({ ...combination, layer: outcome.layer }, outcome);
}

function resultsOf(outcomes: readonly Outcome[]): Results {
  const results: Record<string, Record<string, Seen>> = {};
  for (const outcome of outcomes) {
    const what = seen(outcome);
    if (what !== undefined) results[outcome.name] = { ...results[outcome.name], [outcome.layer]: what };
  }
  return results;
}
