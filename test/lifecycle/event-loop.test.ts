import { life } from './child';

const theme = 'event-loop';

describe('the event loop, timers and libuv’s threads go on', () => {
  test('while 64 calls hang', async () => {
    expect(await life(theme, 'othersGoOn', { args: ['64'] })).toEqual(['others done, 0 settled', '64 settled']);
  });

  test('while 64 legs take 200 ms each', async () => {
    expect(await life(theme, 'othersGoOnDuringSlowLegs', { args: ['64', '200'] })).toEqual([
      'side by side: true',
      'timers went on: true, files were read: true',
    ]);
  });
});

describe('calls that hang', () => {
  test('leave room for a handshake while there is one thread left', async () => {
    expect(await life(theme, 'anotherHandshakeCompletes', { args: ['63'] })).toEqual([
      'established: true, 0 settled',
      'true: all that hang were running',
    ]);
  });

  test('beyond the number of threads hold up the queue no longer than they hang', async () => {
    expect(await life(theme, 'queueProceeds', { args: ['80'] })).toEqual([
      '0 settled, 0 of the queue',
      '80 settled, 10 of the queue',
    ]);
  });

  test('leave the pool as good as new', async () => {
    expect(await life(theme, 'longAfterwards', { nodeOptions: ['--expose-gc'] })).toEqual([
      'established: true',
      'nothing is alive',
    ]);
  });
});
