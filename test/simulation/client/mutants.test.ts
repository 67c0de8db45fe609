/** A simulation that notices nothing is worth nothing: each client that is wrong in one way has to be noticed. */
import { loadClientCode, type ClientCode } from './client-code';
import { mutants } from './mutants';
import { report } from './report';
import { simulateClient } from './simulate';

/** Within so many seeds. */
const seeds = 100;

/** The first seed that finds something wrong. */
async function caughtBy(code: ClientCode): Promise<number | undefined> {
  for (let seed = 0; seed < seeds; seed++) {
    const { violations } = await simulateClient(seed, code);
    if (violations.length > 0) return seed;
  }
  return undefined;
}

test.each(Object.entries(mutants))('caught: %s', async (_name, mutation) => {
  expect(await caughtBy(loadClientCode(mutation))).toBeDefined();
});

test('what was wrong is reported with the command that runs the seed again', async () => {
  const code = loadClientCode(mutants['NTLM is let through where it is not listed']);
  const seed = (await caughtBy(code)) as number;
  const text = report(await simulateClient(seed, code));
  expect(text).toMatch(/NTLM is not permitted there/);
  expect(text).toContain(`npm run simulate -- --client --from ${seed} --seeds 1 --trace`);
});

test('a mutant whose text is not in the module any more says so', () => {
  const changes = [['a text that is not there', '']] as const;
  expect(() => loadClientCode({ module: 'connection/party', changes })).toThrow(/party\.js has 0 times/);
  expect(() => loadClientCode({ module: 'connection/parties', changes })).toThrow(/no module connection\/parties/);
});
