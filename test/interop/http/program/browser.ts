/** What the browsers' programs are told and tell. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface BrowserSetting {
  /** A page of examples/http-sign-on/websocket.mjs. */
  readonly url: string;
  /** Where the picture goes. */
  readonly screenshot: string;
}

export interface BrowserReport {
  readonly browser: string;
  readonly greeting: string;
  /** What came back over the WebSocket of the page. */
  readonly answer: string;
  /** What became of a WebSocket to the server that a page of no origin opened. */
  readonly foreign: string;
}

export function browserSetting(): BrowserSetting {
  return JSON.parse(process.argv[2] ?? '{}') as BrowserSetting;
}

export async function withProfile<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-browser-'));
  try {
    return await work(directory);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Expressions that run in a page. */
export const inPage = {
  greeting: 'document.querySelector("h1").textContent',
  answer: `new Promise((resolve) => {
    const answer = document.getElementById('answer');
    const look = () => (answer.textContent.includes('hello') ? resolve(answer.textContent) : setTimeout(look, 20));
    look();
  })`,
  foreign: (url: string): string => `new Promise((resolve) => {
    const socket = new WebSocket(${JSON.stringify(url.replace('http', 'ws'))});
    socket.onopen = () => resolve('opened');
    socket.onerror = () => resolve('refused');
  })`,
};

export function tell(report: BrowserReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
