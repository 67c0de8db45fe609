import { run } from './processes';

jest.setTimeout(120_000);

it('the demonstration shows what it should, without colour into a pipe, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await run('scripts/demo/show.mjs');
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout, stderr: '' });
  expect(stdout).toMatch(/SEC_I_CONTINUE_NEEDED/);
  expect(stdout).toMatch(/SEC_E_LOGON_DENIED/);
  expect(stdout).toMatch(/left behind: 0 credentials, 0 contexts, 0 buffers, 0 calls/);
  expect(stdout).not.toContain('\x1b');
});
