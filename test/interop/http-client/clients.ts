/**
 * Signs on with each client of HTTP, as its users would use it, and prints what came of it: one object by name. It is run by
 * Windows' node.exe. Usage: clients.js {"urls":{…},"ntlm":false,"user":"…","clients":["agent"]}
 */
import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import axios from 'axios';
import needle from 'needle';
import { createFetch, SspiAgent, type SignOnOptions } from 'sspi/http';
import { checkedSignOnOptions } from '#lib/http/client/options';
import { makeDispatcher, type AgentClass } from '#lib/http/client/undici/dispatcher';
import { serverTlsOf } from '#lib/http/client/undici/server-tls';
import { SignOnClient } from '#lib/http/client/client';

export interface ClientsSetting {
  readonly urls: Readonly<Record<string, string>>;
  readonly ntlm?: boolean;
  /** With the password in SSPI_PASSWORD; the current user without it. */
  readonly user?: string;
  readonly clients: readonly string[];
}

/** The status, and who the server says that the caller is; or the code of the error. */
export type ClientsReport = Record<string, Record<string, string>>;

type Get = (url: string) => Promise<string>;
type Fields = Readonly<Record<string, string | string[] | undefined>>;

const told = (status: number | undefined, headers: Fields): string =>
  `${status ?? 0} ${String(headers['x-remote-user'])}`;
const { urls, ntlm = false, user, clients } = JSON.parse(process.argv[2] ?? '{}') as ClientsSetting;
const origins = [...new Set(Object.values(urls).map((url) => new URL(url).origin))];
const options: SignOnOptions = {
  origins,
  ntlm: ntlm ? origins : [],
  ...(user !== undefined && { identity: { user, password: process.env['SSPI_PASSWORD'] ?? '' } }),
};
const ca = readFileSync(process.env['TEST_CA'] ?? '');
const agent = new SspiAgent({ ...options, ca });
const own = createFetch(options);

const viaUndici =
  (name: string): Get =>
  async (url) => {
    const { Agent, fetch, Dispatcher1Wrapper } = (await import(name)) as {
      Agent: AgentClass;
      fetch: typeof globalThis.fetch;
      Dispatcher1Wrapper?: unknown;
    };
    const client = new SignOnClient(checkedSignOnOptions(options));
    const dispatcher = makeDispatcher(Agent, client, Dispatcher1Wrapper !== undefined, serverTlsOf({ ca }));
    const init: object = { dispatcher };
    const response = await fetch(url, init);
    await response.text();
    await new Promise((resolve) => dispatcher.close(resolve));
    return told(response.status, Object.fromEntries(response.headers));
  };

const all: Readonly<Record<string, Get>> = {
  agent: (url) =>
    new Promise((resolve, reject) => {
      const { get } = url.startsWith('https:') ? https : http;
      get(url, { agent }, (response) => {
        response.resume().on('end', () => resolve(told(response.statusCode, response.headers)));
      }).on('error', reject);
    }),
  fetch: async (url) => {
    const response = await own(url);
    await response.text();
    return told(response.status, Object.fromEntries(response.headers));
  },
  axios: async (url) => {
    const always = { validateStatus: () => true, proxy: false } as const;
    const { status, headers } = await axios.get(url, { httpAgent: agent, httpsAgent: agent, ...always });
    return told(status, headers as Fields);
  },
  got: async (url) => {
    const { default: got } = await import('got');
    const agents: object = { http: agent, https: agent };
    const response = await got(url, { agent: agents, throwHttpErrors: false });
    return told(response.statusCode, response.headers);
  },
  needle: async (url) => {
    const withAgent: object = { agent };
    const response = await needle('get', url, withAgent);
    return told(response.statusCode, response.headers);
  },
  'undici-6': viaUndici('undici-6'),
  undici: viaUndici('undici'),
  'undici-8': viaUndici('undici-8'),
};

async function main(): Promise<void> {
  const report: ClientsReport = {};
  for (const name of clients) {
    const get = all[name] as Get;
    const results: Record<string, string> = (report[name] = {});
    for (const [place, url] of Object.entries(urls)) {
      results[place] = await get(url).catch((error: unknown) => {
        const { code, cause } = error as { readonly code?: string; readonly cause?: { readonly code?: string } };
        return cause?.code ?? code ?? String(error);
      });
    }
  }
  await own.close();
  await agent.close();
  console.log(JSON.stringify(report));
}

void main();
