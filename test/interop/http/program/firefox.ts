/**
 * Debian's Firefox opens the page of examples/http-sign-on/websocket.mjs, with the tickets of its environment. It is driven by
 * WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/): playwright drives only a Firefox of its own.
 */
import fs from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { browserSetting, inPage, tell, withProfile } from './browser';

const { url, screenshot } = browserSetting();

const preferences = {
  'network.negotiate-auth.trusted-uris': '.corp.test',
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
};

interface Reply {
  readonly id?: number;
  readonly type: 'success' | 'error' | 'event';
  readonly result?: unknown;
  readonly message?: string;
}

/** One session of WebDriver BiDi. */
class Session {
  readonly #socket: WebSocket;
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async open(address: string): Promise<Session> {
    const socket = new WebSocket(`${address}/session`);
    await once(socket, 'open');
    return new Session(socket);
  }

  async send<Result>(method: string, params: object): Promise<Result> {
    const id = ++this.#last;
    const replied = new Promise<Reply>((resolve, reject) => {
      this.#socket.once('close', () => reject(new Error('Firefox has ended')));
      this.#socket.on('message', function hear(this: WebSocket, data: Buffer) {
        const reply = JSON.parse(data.toString()) as Reply;
        if (reply.id !== id) return;
        this.off('message', hear);
        resolve(reply);
      });
    });
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { type, result, message } = await replied;
    if (type === 'error') throw new Error(`${method}: ${message ?? ''}`);
    return result as Result;
  }

  async evaluate(context: string, expression: string): Promise<string> {
    const params = { expression, target: { context }, awaitPromise: true };
    const { result } = await this.send<{ readonly result: { readonly value: string } }>('script.evaluate', params);
    return result.value;
  }
}

async function visit(profile: string): Promise<void> {
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
  fs.writeFileSync(path.join(profile, 'user.js'), lines.join(''));
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
  const firefox = spawn('firefox-esr', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(firefox, 'close');
  try {
    const session = await Session.open(await addressIn(firefox.stderr));
    await visitBy(session);
    await session.send('browser.close', {});
  } finally {
    const timer = setTimeout(() => firefox.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
  }
}

async function addressIn(stderr: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: stderr });
  for await (const line of lines) {
    const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    stderr.resume();
    return address;
  }
  throw new Error('Firefox ended without an address');
}

async function visitBy(session: Session): Promise<void> {
  const { capabilities } = await session.send<{ readonly capabilities: { readonly browserVersion: string } }>(
    'session.new',
    { capabilities: {} },
  );
  const tree = await session.send<{ readonly contexts: readonly { readonly context: string }[] }>(
    'browsingContext.getTree',
    {},
  );
  const context = tree.contexts[0]?.context ?? '';
  await session.send('browsingContext.navigate', { context, url, wait: 'complete' });
  const greeting = await session.evaluate(context, inPage.greeting);
  const answer = await session.evaluate(context, inPage.answer);
  const { data } = await session.send<{ readonly data: string }>('browsingContext.captureScreenshot', { context });
  fs.writeFileSync(screenshot, Buffer.from(data, 'base64'));
  await session.send('browsingContext.navigate', { context, url: 'about:blank', wait: 'complete' });
  const foreign = await session.evaluate(context, inPage.foreign(url));
  tell({ browser: `Firefox ${capabilities.browserVersion}`, greeting, answer, foreign });
}

void withProfile(visit);
