/** One seed: programs with agents of `sspi/http`, servers and proxies around them, and what was wrong. */
import { useProvider } from 'sspi/testing';
import { chooseOrigins, chooseProxies, type Origin, type Proxy } from './places';
import { choosePrograms, type ProgramFacts } from './programs';
import { drained, Schedule } from '../schedule';
import { HonestServer } from './honest-server';
import { LyingServer } from './lying-server';
import { Network } from './network';
import { objection } from './expectations';
import { Program, type World } from './program';
import { ProxyServer } from './proxy-server';
import { Random } from '../random';
import { simulatedDomain } from './domain';
import { SimulatedClock } from '../clock';
import { Truth } from './truth';
import type { ClientCode } from './client-code';

export interface ClientOutcome {
  readonly seed: number;
  /** What was wrong; nothing, if the client is right. */
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly truth: Truth;
  readonly settings: {
    readonly origins: readonly Origin[];
    readonly proxies: readonly Proxy[];
    readonly programs: readonly ProgramFacts[];
  };
}

/** So many steps no seed takes. */
const mostSteps = 20_000;

export async function simulateClient(seed: number, code: ClientCode): Promise<ClientOutcome> {
  const random = new Random(seed);
  const schedule = new Schedule(random);
  const clock = new SimulatedClock();
  const calm = random.chance(0.35);
  const { provider, clients } = simulatedDomain(random, schedule, calm || random.chance(0.8) ? 0 : 0.1);
  const truth = new Truth(clients);
  const network = new Network(random, schedule, truth, calm ? 0 : random.pick([0.05, 0.15]));
  const origins = chooseOrigins(random);
  const proxies = chooseProxies(random);
  const facts = choosePrograms(random, origins, proxies);
  const use = useProvider(provider);
  const uncaught = (error: unknown): void => truth.violation(`Nobody caught: ${String((error as Error).stack)}`);
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', uncaught);
  code.use({ clock, connect: network.connect });
  const world: World = { random, schedule, clock, truth, code, origins, calm };
  try {
    const servers = await atWork(schedule, open(origins, proxies, world, network));
    const programs = await atWork(schedule, Promise.all(facts.map((each) => Program.start(each, world))));
    await run(world, programs);
    truth.judgeTheRest(facts);
    if (calm) truth.violations.push(...truth.requests.flatMap((request) => objection(request, origins) ?? []));
    await atWork(schedule, Promise.all(programs.map((program) => program.close())));
    await idle(schedule);
    const connections = network.held;
    network.endAll();
    await idle(schedule);
    const left = { ...provider.liveCounts(), credentials: 0, connections };
    await Promise.all(servers.map((server) => server.close()));
    for (const [what, count] of Object.entries({ ...left, timers: clock.pending })) {
      if (count !== 0) truth.violation(`Left at the end: ${count} ${what}`);
    }
    await drained();
  } finally {
    process.removeListener('uncaughtException', uncaught);
    process.removeListener('unhandledRejection', uncaught);
    use.restore();
  }
  try {
    provider.assertClean();
  } catch (error) {
    truth.violation((error as Error).message);
  }
  const settings = { origins, proxies, programs: facts };
  return { seed, violations: truth.violations, trace: schedule.trace, truth, settings };
}

async function open(
  origins: readonly Origin[],
  proxies: readonly Proxy[],
  { random, truth, clock }: World,
  network: Network,
): Promise<HonestServer[]> {
  const honest: HonestServer[] = [];
  for (const origin of origins) {
    if (origin.conduct !== 'sspi') {
      network.listen(origin, new LyingServer(origin, origins, random, truth));
      continue;
    }
    const server = await HonestServer.start(origin, random, truth, clock);
    network.listen(origin, server);
    honest.push(server);
  }
  for (const proxy of proxies) network.listen(proxy, new ProxyServer(proxy, network));
  return honest;
}

/** Lets happen what is under way. */
async function idle(schedule: Schedule): Promise<void> {
  for (let step = 0; !schedule.isIdle && step < mostSteps; step++) await schedule.step();
  for (let turn = 0; turn < 5; turn++) await drained();
  if (!schedule.isIdle) await idle(schedule);
}

/** Lets things happen until this is done. */
async function atWork<T>(schedule: Schedule, work: Promise<T>): Promise<T> {
  let done = false;
  const ended = work.finally(() => (done = true));
  ended.catch(() => undefined);
  for (let step = 0; !done && step < mostSteps; step++) {
    if (schedule.isIdle) await drained();
    else await schedule.step();
  }
  return ended;
}

/** Until the programs are done. */
async function run(world: World, programs: readonly Program[]): Promise<void> {
  const { random, schedule, clock, truth, calm } = world;
  let active = programs.length;
  const failures: unknown[] = [];
  for (const program of programs) {
    void program
      .run()
      .catch((error: unknown) => failures.push(error))
      .finally(() => active--);
  }
  for (let step = 0; active > 0 && failures.length === 0; step++) {
    if (step > mostSteps) return truth.violation('The simulation does not end');
    if (schedule.isIdle) {
      // What waits for the event loop is not waiting for time.
      for (let turn = 0; turn < 4; turn++) await drained();
      if (!schedule.isIdle || active === 0) continue;
      const { next } = clock;
      if (next === undefined) return truth.violation('The programs wait for nothing');
      await passTime(world, next);
    } else if (!calm && random.chance(0.03)) {
      await passTime(world, clock.now() + random.pick([10, 100, 1_000, 31_000]));
    } else await schedule.step();
  }
  if (failures.length > 0) throw failures[0];
}

async function passTime({ schedule, clock }: World, moment: number): Promise<void> {
  schedule.note(`clock ${moment}`);
  clock.advanceTo(moment);
  await drained();
}
