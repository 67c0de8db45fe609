import { life, run } from './child';

const theme = 'disposal';
const nothing = 'nothing is alive';

test('everything may be disposed of twice', async () => {
  expect(await life(theme, 'twice')).toEqual(['0 faults', nothing]);
});

test('disposal during a call settles the call, and waits for it', async () => {
  expect(await life(theme, 'duringCall')).toEqual([
    'ERR_SSPI_DISPOSED',
    'gone: false',
    'gone: true, 0 contexts, 0 faults',
    nothing,
  ]);
});

test('contexts outlive the disposal of their credentials, and free them', async () => {
  expect(await life(theme, 'credentialsBeforeContexts')).toEqual([
    'still works',
    'false C1',
    '1 alive',
    '0 left, 0 faults',
    nothing,
  ]);
});

test('disposal is awaited in finally', async () => {
  expect(await life(theme, 'inFinally')).toEqual(['thrown during the call', nothing]);
});

test('using and await using leave nothing behind', async () => {
  expect(await life(theme, 'byUsing')).toEqual([nothing]);
});

test('Symbol.dispose needs no waiting', async () => {
  expect(await life(theme, 'withoutWaiting')).toEqual(['disposed', nothing]);
});

describe('a call that hangs', () => {
  test.each([
    ['aborted', 'abortedCallHangs', 'ERR_SSPI_ABORTED'],
    ['disposed of without waiting', 'disposedCallHangs', 'ERR_SSPI_DISPOSED'],
    ['disposed of among more than there are threads', 'timedOutCallHangs', 'ERR_SSPI_DISPOSED'],
  ])('does not keep the process once it is %s', async (_title, stage, code) => {
    expect(await life(theme, stage, { limit: 20_000 })).toEqual([code]);
  });

  test('keeps the process while its disposal is awaited', async () => {
    expect(await life(theme, 'awaitedDisposalHangs')).toEqual(['ERR_SSPI_DISPOSED', 'disposed', nothing]);
  });

  test('leaves other calls what they are when it is let go', async () => {
    expect(await life(theme, 'otherCallGoesOn')).toEqual(['ERR_SSPI_DISPOSED', 'C1']);
  });
});

test('a credential that comes after an abort is freed', async () => {
  expect(await life(theme, 'abortedAcquisition')).toEqual(['ERR_SSPI_ABORTED', nothing]);
});

test('an abort between two legs rejects nothing', async () => {
  expect(await life(theme, 'abortBetweenLegs')).toEqual(['ERR_SSPI_ABORTED']);
});

test('an abort that nobody handles ends the process as Node does it', async () => {
  const { code, stderr } = await run(theme, 'unhandledAbort');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^SspiError.*abort[^]*code: 'ERR_SSPI_ABORTED'/m);
});
