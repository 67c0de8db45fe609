import { acquireCredentials, initiate, stats } from 'sspi';
import { CONTINUE, credentialsFor, expectClean, gate, script, settled } from './support';
import { threadShortage } from '#lib/binding/thread-shortage';

afterEach(expectClean);

test('live handles are counted from their making to their disposal', async () => {
  script({ initiator: [{ status: CONTINUE }] });
  expect(stats().live).toEqual({ credentials: 0, contexts: 0, buffers: 0, calls: 0 });
  const credentials = await credentialsFor();
  const client = initiate(credentials);
  await client.step();
  expect(stats().live).toEqual({ credentials: 1, contexts: 1, buffers: 0, calls: 0 });
  await client.dispose();
  await credentials.dispose();
  expect(stats().live).toMatchObject({ credentials: 0, contexts: 0 });
});

test('the oldest call is the first of those under way, whichever others end', async () => {
  const [first, second] = [gate(), gate()];
  const until = [first.promise, second.promise];
  script({ credential: () => ({ until: until.shift() }) });
  expect(stats().oldestCall).toBeUndefined();

  const older = acquireCredentials({ package: 'NTLM', use: 'outbound' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  const younger = acquireCredentials({ package: 'NTLM', use: 'outbound' });
  expect(stats()).toMatchObject({ threads: { atWork: 2 }, queued: 0 });
  const age = stats().oldestCall ?? 0;
  expect(age).toBeGreaterThanOrEqual(25);

  first.open();
  await (await older).dispose();
  expect(stats().oldestCall).toBeLessThan(age);
  second.open();
  await (await younger).dispose();
  await settled();
  expect(stats().oldestCall).toBeUndefined();
});

test('a call that is given up while no thread is free is told how old the oldest one is', () => {
  const binding = script({});
  const use = jest.spyOn(binding, 'threadUse');
  use.mockReturnValue({ atWork: 64, most: 64, waiting: 3, oldest: 75_400 });
  expect(threadShortage(binding)).toBe(
    'All 64 threads are inside SSPI and 3 calls wait for one, so calls are hanging: look for a domain controller that does not answer. The oldest call began 75 s ago.',
  );
  use.mockReturnValue({ atWork: 63, most: 64, waiting: 3, oldest: 75_400 });
  expect(threadShortage(binding)).toBeUndefined();
});
