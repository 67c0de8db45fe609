import { life } from './child';

const theme = 'workers';
const ending = ['main: C1', 'nothing is alive'];

describe('a worker', () => {
  test.each([
    ['that disposes of everything', 'handshake', 'established: true 0'],
    ['that ends between two legs', 'endsBetweenLegs', 'C1 0'],
    ['that still waits for its call', 'endsAfterItsCall', 'C1 0'],
  ])('%s ends cleanly', async (_title, stage, end) => {
    expect(await life(theme, 'one', { args: [stage] })).toEqual([end, ...ending]);
  });

  test('ends without its dropped call that hangs', async () => {
    expect(await life(theme, 'oneWithHangingCall', { args: ['dropsHangingCall'] })).toEqual([
      'ERR_SSPI_DISPOSED 0',
      ...ending,
    ]);
  });

  test('may exit during a call', async () => {
    expect(await life(theme, 'oneWithHangingCall', { args: ['exitsDuringCall'] })).toEqual(['exits 0', ...ending]);
  });

  test('may throw during a call', async () => {
    expect(await life(theme, 'failed')).toEqual(['nobody catches this', ...ending]);
  });

  test('has handles that no other thread’s binding takes', async () => {
    const refused = 'ERR_SSPI_INVALID_ARGUMENT';
    expect(await life(theme, 'rawHandlesDoNotTravel')).toEqual([
      refused,
      refused,
      refused,
      refused,
      'nothing is alive',
    ]);
  });

  test('has handles of its own', async () => {
    expect(await life(theme, 'handlesDoNotTravel')).toEqual(['ERR_SSPI_INVALID_ARGUMENT', 'nothing is alive']);
  });
});

describe('many workers', () => {
  test('in a row', async () => {
    expect(await life(theme, 'manyInARow', { args: ['12'] })).toEqual(['C1 0; established: true 0', ...ending]);
  });

  test('at once', async () => {
    expect(await life(theme, 'manyAtOnce', { args: ['8'] })).toEqual(['established: true 0', ...ending]);
  });
});

describe('worker.terminate()', () => {
  test('lets a native call return into the void', async () => {
    expect(await life(theme, 'terminatedDuringCall')).toEqual([
      '1 call alive',
      'main: C1',
      'nothing is alive',
      '0 contexts, 0 credentials, 0 faults',
    ]);
  });

  test('leaves the addon loaded for a call when nobody else has loaded it', async () => {
    expect(await life(theme, 'terminatedDuringCallWithoutMain')).toEqual(['still here']);
  });

  test('reverts impersonation', async () => {
    expect(await life(theme, 'terminatedWhileImpersonating')).toEqual(['1 begun, 1 reverted', ...ending]);
  });

  test.each(['neverRests', 'negotiates'])('comes at any moment of calls (%s)', async (calls) => {
    expect(await life(theme, 'terminatedAtAnyMoment', { args: [calls, '12'] })).toEqual(ending);
  });

  test('ends several at once', async () => {
    expect(await life(theme, 'terminatedTogether', { args: ['neverRests', '6'] })).toEqual(ending);
  });
});

test.each(['hangs', 'neverRests', 'negotiates'])('the process may exit while workers call (%s)', async (calls) => {
  expect(await life(theme, 'processExits', { args: ['4', calls] })).toEqual(['exits']);
});
