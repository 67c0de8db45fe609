/** Debian's Chromium and Firefox sign on to an example in Windows' node.exe: the page, and the WebSocket that it opens. */
import fs from 'node:fs';
import path from 'node:path';
import { runInLab, startOnWindows } from '../support/lab';
import { checkout, type Ending, type Program } from '../support/program';
import type { BrowserReport, BrowserSetting } from './program/browser';

const results = path.resolve(checkout, process.env['SSPI_LAB_DIR'] ?? '.lab', 'results');

const browsers = ['chromium', 'firefox'] as const;

let server: Program;
/** Side by side: a browser mostly waits. */
let visits: Readonly<Record<(typeof browsers)[number], Promise<Ending>>>;

const screenshotOf = (browser: string): string => path.join(results, `${browser}.png`);

function visit(browser: string, port: string): Promise<Ending> {
  const screenshot = screenshotOf(browser);
  fs.rmSync(screenshot, { force: true });
  const setting: BrowserSetting = { url: `http://web.corp.test:${port}/`, screenshot };
  return runInLab(process.execPath, [`dist-test/interop/http/program/${browser}.js`, JSON.stringify(setting)]);
}

beforeAll(async () => {
  fs.mkdirSync(results, { recursive: true });
  server = startOnWindows('examples/http-sign-on/websocket.mjs', ['--port', '0'], { tickets: 'none' });
  const [, port = ''] = await server.stdout.find(/^listening on http:\/\/127\.0\.0\.1:(\d+)$/);
  visits = { chromium: visit('chromium', port), firefox: visit('firefox', port) };
}, 120_000);
afterAll(() => server.stop(0), 30_000); // an example ends by a signal only

test.each(browsers)(
  '%s',
  async (browser) => {
    const { stdout, stderr } = await visits[browser];
    if (!stdout.startsWith('{')) throw new Error(stderr);
    expect(JSON.parse(stdout)).toEqual({
      browser: expect.stringMatching(/^(Chromium|Firefox) \d+/) as string,
      // Wine names no client: on Windows this is "Hello, CORP\alice".
      greeting: 'You are signed on by Kerberos.',
      answer: 'somebody, by Kerberos: hello',
      foreign: 'refused',
    } satisfies BrowserReport);
    // The eight bytes with which every PNG file begins.
    expect(fs.readFileSync(screenshotOf(browser)).subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  },
  120_000,
);

test('the server has seen one WebSocket for each of them, and none of a page without an origin', () => {
  const opened = server.stdout.all.filter((line) => line.endsWith('has opened a WebSocket'));
  expect(opened).toEqual(Array.from({ length: 2 }, () => 'somebody, by Kerberos has opened a WebSocket'));
});
