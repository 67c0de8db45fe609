import { life } from './child';

const theme = 'stack';

describe('deep in the stack', () => {
  test('calls are made or refused, and nothing crashes', async () => {
    expect(await life(theme, 'callsAtTheBottom', { nodeOptions: ['--expose-gc'] })).toEqual([
      '300 calls, 0 ended badly',
    ]);
  });

  test('messages are protected or refused', async () => {
    expect(await life(theme, 'protectionAtTheBottom')).toEqual(['300 messages', '300 unwrapped', 'nothing is alive']);
  });
});

test('calls come from within impersonation', async () => {
  expect(await life(theme, 'fromWithinImpersonation')).toEqual(['ERR_SSPI_BUSY,ERR_SSPI_BUSY; disposed: true']);
});
