import { life, run } from './child';

const theme = 'endings';

describe('a process ends cleanly', () => {
  test('that only requires the package', async () => {
    expect(await life(theme, 'required')).toEqual(['required']);
  });

  test('that only loads the addon', async () => {
    expect(await life(theme, 'loaded')).toEqual(['function']);
  });

  test('that drops its credentials', async () => {
    expect(await life(theme, 'credentialsDropped')).toEqual(['acquired']);
  });

  test('between two legs', async () => {
    expect(await life(theme, 'betweenLegs')).toEqual(['C1']);
  });

  test('with established contexts', async () => {
    expect(await life(theme, 'established')).toEqual(['true true']);
  });

  test('after the call that it still waits for', async () => {
    expect(await life(theme, 'callAtTheEnd')).toEqual(['C1']);
    expect(await life(theme, 'acquiringAtTheEnd')).toEqual(['acquired']);
  });

  test('after all calls, when there are more than threads', async () => {
    expect(await life(theme, 'queueAtTheEnd', { args: ['200'] })).toEqual(['all settled']);
  });

  test('with calls made by its exit handler', async () => {
    expect(await life(theme, 'callInExitHandler')).toEqual(['exits']);
  });

  test('while its standard input is open', async () => {
    expect(await life(theme, 'endWithOpenStdin', { stdin: 'open' })).toEqual(['C1']);
  });
});

describe('process.exit() ends a process cleanly', () => {
  test.each(['now', '0', '5', '50'])('with a call running (%s)', async (moment) => {
    expect(await life(theme, 'exitDuringCalls', { args: ['1', '200', moment] })).toEqual(['exits']);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `${15 + i}`))(
    'about when its calls return (%s ms)',
    async (moment) => {
      expect(await life(theme, 'exitDuringCalls', { args: ['20', '20', moment] })).toEqual(['exits']);
    },
  );

  test.each(['now', '10', '150'])('with more calls than threads (%s)', async (moment) => {
    expect(await life(theme, 'exitDuringCalls', { args: ['300', '100', moment] })).toEqual(['exits']);
  });

  test('with a call that hangs', async () => {
    expect(await life(theme, 'exitDuringHungCall')).toEqual(['exits']);
  });

  test('right behind a call that has settled, among others that run', async () => {
    expect(await life(theme, 'exitFromSettledCall')).toEqual(['exits']);
  });

  test('while contexts and a credential are being freed', async () => {
    expect(await life(theme, 'exitDuringDisposal')).toEqual(['exits']);
  });

  test('with a call made when the event loop was empty', async () => {
    expect(await life(theme, 'exitInBeforeExit')).toEqual(['exits']);
  });

  test('while its standard input is open and a call runs', async () => {
    expect(await life(theme, 'exitWithOpenStdin', { stdin: 'open' })).toEqual(['exits']);
  });
});

test('an uncaught exception during a call ends the process with Node’s own code', async () => {
  const { code, stdout, stderr } = await run(theme, 'uncaughtExceptionDuringCall');
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'exit 1\n' });
  expect(stderr).toMatch(/^[^\n]*\n[^]*Error: nobody catches this/);
});
