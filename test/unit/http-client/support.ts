/** Clients on loopback sockets: against the server half of sspi/http, and against servers that lie. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { SspiAgent, type SspiAgentOptions } from 'sspi/http';
import { listen, onCleanUp } from '../http/support';

export { cleanUp, domain, eventually, listen, onCleanUp, scripted, serve, settled } from '../http/support';

export const kerberosOrigin = (port: number): string => `http://localhost:${port}`;
/** An address has no service principal name. */
export const ntlmOrigin = (port: number): string => `http://127.0.0.1:${port}`;

export function agentFor(options: SspiAgentOptions = {}): SspiAgent {
  const agent = new SspiAgent(options);
  onCleanUp(() => agent.close());
  return agent;
}

export interface Asked extends https.RequestOptions {
  readonly body?: string | Buffer | ((request: http.ClientRequest) => void);
}

export interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** The client's port, which tells connections apart. */
  readonly connection: number | undefined;
}

/** Asks for a URL; rejects with the request's error. */
export function ask(url: string, agent: http.Agent, { body, ...options }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { request: send } = url.startsWith('https:') ? https : http;
    const request = send(url, { agent, ...options }, (response) => {
      const connection = response.socket.localPort;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, connection });
      });
    });
    request.on('error', reject);
    if (typeof body === 'function') body(request);
    else request.end(body);
  });
}

/** A body that comes in pieces, so that nobody knows its end when it begins. */
export function pieces(...texts: readonly string[]): (request: http.ClientRequest) => void {
  return (request) => {
    const write = (index: number): void => {
      const text = texts[index];
      if (text === undefined) {
        request.end();
        return;
      }
      request.write(text);
      setTimeout(write, 5, index + 1);
    };
    write(0);
  };
}

export interface SeenRequest {
  /** The request line and the fields. */
  readonly head: string;
  readonly body: string;
  /** The scheme and token of Authorization. */
  readonly authorization: string | undefined;
  /** The number of the connection, from 0. */
  readonly connection: number;
}

export interface LyingServer {
  readonly port: number;
  readonly requests: SeenRequest[];
  readonly connections: () => number;
  readonly open: () => number;
  readonly isOpen: (connection: number) => boolean;
}

/** Answers with whatever text it is told, undefined for never; `close` after the text closes the connection. */
export type Lie = (request: SeenRequest, index: number, socket: net.Socket) => string | undefined;

export async function lyingServer(lie: Lie): Promise<LyingServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Map<net.Socket, number>();
  let connections = 0;
  const server = net.createServer((socket) => {
    const connection = connections++;
    let received = '';
    sockets.set(socket, connection);
    socket.setEncoding('latin1');
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (text: string) => {
      received += text;
      for (;;) {
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = received.slice(0, end);
        const length = /^expect: 100/im.test(head) ? 0 : Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
        if (received.length < end + 4 + length) return;
        const body = received.slice(end + 4, end + 4 + length);
        received = received.slice(end + 4 + length);
        const authorization = /^authorization: (.*)$/im.exec(head)?.[1];
        const request: SeenRequest = { head, body, authorization, connection };
        requests.push(request);
        const answer = lie(request, requests.length - 1, socket);
        if (answer !== undefined) socket.write(answer, 'latin1');
      }
    });
  });
  onCleanUp(() => {
    for (const socket of sockets.keys()) socket.destroy();
  });
  const port = await listen(server);
  const isOpen = (connection: number): boolean => [...sockets.values()].includes(connection);
  return { port, requests, connections: () => connections, open: () => sockets.size, isOpen };
}

/** An answer with these fields and this body. */
export function answer(status: number, fields: readonly string[] = [], body = ''): string {
  return [`HTTP/1.1 ${status} Text`, ...fields, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

export const challenge = (...schemes: readonly string[]): string =>
  answer(
    401,
    schemes.map((scheme) => `WWW-Authenticate: ${scheme}`),
    'sign on',
  );

/** A token in the answer to a leg. */
export const tokenField = (text: string, scheme = 'Negotiate'): string =>
  `WWW-Authenticate: ${scheme} ${Buffer.from(text).toString('base64')}`;

/** Raw NTLM's first message, as far as a client looks at it. */
export const ntlmNegotiate = Buffer.from('NTLMSSP\0\x01\0\0\0', 'latin1');
