import { life } from './child';

const nodeOptions = ['--expose-gc'];
const collected = (stage: string, ...args: string[]): Promise<readonly string[]> =>
  life('garbage', stage, { nodeOptions, args });

const ending = ['nothing is alive', '0 credentials, 0 contexts, 0 faults'];

describe('garbage collection', () => {
  test('frees contexts and credentials that nobody disposed of', async () => {
    expect(await collected('handlesAreFreed', '500')).toEqual(ending);
  });

  test('frees handshakes beside a signal that lives on', async () => {
    expect(await collected('handlesAreFreedBesideASignal', '200')).toEqual([...ending, '0 listeners']);
  });

  test('leaves those who wait for a peer to the signal that may end the wait', async () => {
    expect(await collected('waitsAreToldOfAnAbort', '20')).toEqual(['20 waiting', '20 told', ...ending, '0 listeners']);
  });

  test('leaves contexts the credential that they need', async () => {
    expect(await collected('credentialsAreDroppedFirst')).toEqual([
      '1 credentials, 2 contexts',
      'still works',
      ...ending,
    ]);
  });

  test.each(['1', '40', '100'])('leaves calls alone that wait for an answer (%s)', async (calls) => {
    expect(await collected('duringCalls', calls)).toEqual([`${calls} calls, 0 settled`, 'all settled', ...ending]);
  });

  test('waits for a call that nobody hears of', async () => {
    expect(await collected('duringCallThatNobodyHears')).toEqual(ending);
  });

  test('comes while contexts are being deleted', async () => {
    expect(await collected('duringDisposal')).toEqual(ending);
  });

  test('comes all the time', async () => {
    expect(await collected('allTheTime', '1000')).toEqual(ending);
  });

  test('may make calls itself', async () => {
    expect(await collected('callsFromFinalizationRegistry')).toEqual(['100 called', ...ending]);
  });
});
