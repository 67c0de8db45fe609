/** Clients of HTTP that sign on, each as its users would use it, in the process of the test. */
import http from 'node:http';
import axios from 'axios';
import needle from 'needle';
import WebSocket from 'ws';
import { createDispatcher, createFetch, SspiAgent, type SignOnOptions } from 'sspi/http';
import { checkedSignOnOptions } from '#lib/http/client/options';
import { makeDispatcher, type AgentClass, type AgentLike } from '#lib/http/client/undici/dispatcher';
import { SignOnClient } from '#lib/http/client/client';

export interface HttpClient {
  /** Asks for a URL, and posts the body if there is one; the text of the answer. */
  ask(url: string, body?: string): Promise<string>;
  close(): Promise<unknown>;
}

export type MakeHttpClient = (options: SignOnOptions) => HttpClient;

type Ask = (agent: SspiAgent, url: string, body?: string) => Promise<string>;

const withAgent =
  (ask: Ask): MakeHttpClient =>
  (options) => {
    const agent = new SspiAgent(options);
    return { ask: (url, body) => ask(agent, url, body), close: () => agent.close() };
  };

type Fetch = typeof fetch;

async function fetched(send: Fetch, url: string, body: string | undefined, extra: object = {}): Promise<string> {
  const init: object = body === undefined ? extra : { method: 'POST', body, ...extra };
  return (await send(url, init)).text();
}

const closed = (dispatcher: Pick<AgentLike, 'close'>): Promise<unknown> =>
  new Promise((resolve) => dispatcher.close(resolve));

/** A version of undici: its fetch over a dispatcher of its own. */
const undici =
  (name: string): MakeHttpClient =>
  (options) => {
    const {
      Agent,
      fetch: send,
      Dispatcher1Wrapper,
    } = require(name) as {
      readonly Agent: AgentClass;
      readonly fetch: Fetch;
      readonly Dispatcher1Wrapper?: unknown;
    };
    const client = new SignOnClient(checkedSignOnOptions(options));
    const dispatcher = makeDispatcher(Agent, client, Dispatcher1Wrapper !== undefined);
    return { ask: (url, body) => fetched(send, url, body, { dispatcher }), close: () => closed(dispatcher) };
  };

const nodeHttp: Ask = (agent, url, body) =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method: body === undefined ? 'GET' : 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => resolve(text));
    });
    request.on('error', reject).end(body);
  });

export const httpClients: readonly (readonly [name: string, make: MakeHttpClient])[] = [
  ['SspiAgent in node:http', withAgent(nodeHttp)],
  [
    'axios',
    withAgent(async (agent, url, body) => {
      const setting = { httpAgent: agent, proxy: false, responseType: 'text', transformResponse: String } as const;
      const { data } = await axios.request<string>({
        url,
        method: body === undefined ? 'GET' : 'POST',
        data: body,
        ...setting,
      });
      return data;
    }),
  ],
  [
    'needle',
    withAgent(async (agent, url, body) => {
      const setting = { agent, parse_response: false } as const;
      const response = body === undefined ? needle('get', url, setting) : needle('post', url, body, setting);
      return String((await response).body);
    }),
  ],
  [
    'createFetch',
    (options) => {
      const send = createFetch(options);
      return { ask: (url, body) => fetched(send, url, body), close: () => send.close() };
    },
  ],
  [
    'Node’s own fetch with createDispatcher',
    (options) => {
      const dispatcher = createDispatcher(options);
      return { ask: (url, body) => fetched(fetch, url, body, { dispatcher }), close: () => dispatcher.close() };
    },
  ],
  ['undici 6', undici('undici-6')],
  ['undici 7', undici('undici')],
  ['undici 8', undici('undici-8')],
];

/** The first message of a WebSocket. */
export function firstMessage(url: string, agent: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { agent });
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      socket.on('close', () => resolve(data.toString()));
      socket.close();
    });
  });
}
