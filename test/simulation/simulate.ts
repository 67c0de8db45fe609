/** One seed: a server, a world around it, and what was wrong. */
import { useProvider } from 'sspi/testing';
import { chooseSettings } from './settings';
import { ClientConnection } from './connection';
import { drained, Schedule } from './schedule';
import { GroundTruth } from './ground-truth';
import { populate } from './population';
import { SimulatedServer } from './server';
import { Random } from './random';
import { SimulatedClock } from './clock';
import { simulatedProvider } from './provider';
import { Wiretap } from './user-agents/wiretap';
import type { Connect } from './routes';
import type { ServerCode } from './server-code';
import type { UserAgent } from './user-agents/user-agent';

export interface Outcome {
  readonly seed: number;
  /** What was wrong; nothing, if the server is right. */
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly truth: GroundTruth;
}

/** So many steps no seed takes. */
const mostSteps = 20_000;

export async function simulate(seed: number, code: ServerCode): Promise<Outcome> {
  const random = new Random(seed);
  const schedule = new Schedule(random);
  const clock = new SimulatedClock();
  const truth = new GroundTruth(chooseSettings(random), clock);
  const wiretap = new Wiretap();
  const provider = simulatedProvider(random, schedule, truth, wiretap);
  const use = useProvider(provider);
  const uncaught = (error: unknown): void => truth.violation(`Nobody caught: ${String(error)}`);
  process.on('uncaughtException', uncaught);
  try {
    const server = await SimulatedServer.start(code, random, schedule, truth, clock);
    const connections: ClientConnection[] = [];
    const connect: Connect = (addresses) => {
      const connection = new ClientConnection(random, schedule, truth, addresses);
      connections.push(connection);
      server.accept(connection.link);
      return connection;
    };
    const world = { random, schedule, clock, truth, server, connections };
    await run(world, populate(random, schedule, truth, wiretap, connect));
    await endAll(world);
    const { contexts, calls } = provider.liveCounts();
    for (const [what, count] of Object.entries({ ...server.held, contexts, calls })) {
      if (count !== 0) truth.violation(`Left when every connection is gone: ${count} ${what}`);
    }
    await server.close();
    await drained();
  } finally {
    process.removeListener('uncaughtException', uncaught);
    use.restore();
  }
  try {
    provider.assertClean();
  } catch (error) {
    truth.violation((error as Error).message);
  }
  return { seed, violations: truth.violations, trace: schedule.trace, truth };
}

interface World {
  readonly random: Random;
  readonly schedule: Schedule;
  readonly clock: SimulatedClock;
  readonly truth: GroundTruth;
  readonly server: SimulatedServer;
  readonly connections: readonly ClientConnection[];
}

/** Until the user agents are done, or nothing can happen any more. */
async function run(world: World, agents: readonly UserAgent[]): Promise<void> {
  const { random, schedule, clock, truth } = world;
  let active = agents.length;
  const failures: unknown[] = [];
  for (const agent of agents) {
    void agent
      .run()
      .catch((error: unknown) => failures.push(error))
      .finally(() => active--);
  }
  for (let step = 0; active > 0; step++) {
    if (step > mostSteps) return truth.violation('The simulation does not end');
    if (schedule.isIdle) {
      const waiting = world.connections.flatMap(({ unanswered }) => unanswered);
      if (waiting.length > 0) return truth.violation(`Never answered: ${waiting.map(({ id }) => id).join(', ')}`);
      const { next } = clock;
      if (next === undefined) return truth.violation('The user agents wait for nothing');
      await passTime(world, next);
    } else if (random.chance(0.05)) {
      await passTime(world, clock.now() + random.pick([10, 100, 400, 1_000, 1_000, 31_000]));
    } else await schedule.step();
  }
  if (failures.length > 0) throw failures[0];
}

async function passTime({ schedule, clock, truth, server }: World, moment: number): Promise<void> {
  schedule.note(`clock ${moment}`);
  clock.advanceTo(moment);
  await drained();
  if (server.outlived > 0) truth.violation('An upgraded connection has outlived maxAge');
}

/** Every client leaves: some as they should, some by a reset. */
async function endAll({ random, schedule, connections }: World): Promise<void> {
  for (const connection of connections) connection[random.pick(['end', 'reset'])]();
  for (let step = 0; !schedule.isIdle && step < mostSteps; step++) await schedule.step();
  await drained();
}
