/** A simulation that notices nothing is worth nothing: each server that is wrong in one way has to be noticed. */
import { loadServerCode, type ServerCode } from './server-code';
import { mutants } from './mutants';
import { report } from './report';
import { simulate } from './simulate';

/** Within so many seeds. */
const seeds = 100;

/** The first seed that finds something wrong. */
async function caughtBy(code: ServerCode): Promise<number | undefined> {
  for (let seed = 0; seed < seeds; seed++) {
    const { violations } = await simulate(seed, code);
    if (violations.length > 0) return seed;
  }
  return undefined;
}

test.each(Object.entries(mutants))('caught: %s', async (_name, mutation) => {
  expect(await caughtBy(loadServerCode(mutation))).toBeDefined();
});

test('what was wrong is reported with the command that runs the seed again', async () => {
  const code = loadServerCode(mutants['the policy is not asked']);
  const seed = (await caughtBy(code)) as number;
  const text = report(await simulate(seed, code));
  expect(text).toMatch(/is not allowed/);
  expect(text).toContain(`npm run simulate -- --from ${seed} --seeds 1 --trace`);
});

test('a mutant whose text is not in the module any more says so', () => {
  const changes = [['a text that is not there', '']] as const;
  expect(() => loadServerCode({ module: 'judge', changes })).toThrow(/judge\.js has 0 times/);
  expect(() => loadServerCode({ module: 'juggle', changes })).toThrow(/no module juggle/);
});
