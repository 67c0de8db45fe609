/** Where connections that the program itself makes to a proxy end: in this process, which signs on for them. */
import net from 'node:net';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fieldValues, HeadCollector, parseRequestHead, type RequestHead } from '../../wire/http-head';
import type { SspiError } from '../../index';
import type { Duplex } from 'node:stream';
import type { ProxyChoice } from '../client/proxy/index';
import type { Ways } from './ways';

const headLimit = 1024 * 1024;

/**
 * Opens the gate of a proxy: a pipe with an unguessable name, which Windows lets no other user write to. It keeps no process alive.
 * @returns The path to connect to.
 */
export function openGate(ways: Ways, proxy: ProxyChoice): string {
  const path = pathOf(process.platform);
  // A pipe listens at once, so that the program's connection need not wait.
  net
    .createServer({ pauseOnConnect: false }, (client) => admit(ways, proxy, client))
    .listen(path)
    .unref();
  return path;
}

function pathOf(platform: NodeJS.Platform): string {
  const name = `sspi-${process.pid}-${randomUUID()}`;
  if (platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return platform === 'linux' ? `\0${name}` : join(tmpdir(), name);
}

function admit(ways: Ways, proxy: ProxyChoice, client: net.Socket): void {
  // The program's own end of the connection keeps the process alive, as long as the program wants.
  client.unref();
  client.on('error', () => client.destroy());
  const collector = new HeadCollector(headLimit);
  let received: Buffer[] = [];
  const onData = (bytes: Buffer): void => {
    received.push(bytes);
    let head: RequestHead | undefined;
    let rest = bytes;
    try {
      const found = collector.take(bytes);
      if (found === undefined) return;
      head = parseRequestHead(found.head);
      ({ rest } = found);
    } catch {
      // It is not HTTP: the proxy may know what it is.
    }
    client.off('data', onData).pause();
    serve(ways, proxy, { client, head, rest, received: Buffer.concat(received) }).catch((error: unknown) => {
      refuse(client, error);
    });
    received = [];
  };
  client.on('data', onData);
}

interface Arrival {
  readonly client: net.Socket;
  /** Undefined for what is no request. */
  readonly head: RequestHead | undefined;
  /** What follows the head. */
  readonly rest: Buffer;
  /** Everything. */
  readonly received: Buffer;
}

async function serve(ways: Ways, proxy: ProxyChoice, { client, head, rest, received }: Arrival): Promise<void> {
  // A program that has credentials of its own for the proxy is left alone.
  const own = head === undefined || fieldValues(head, 'proxy-authorization').length > 0;
  if (own || !(await ways.supported())) {
    passBetween(client, ways.raw(proxy), received);
    return;
  }
  if (head.method !== 'CONNECT') {
    passBetween(client, ways.toProxy(proxy), received);
    return;
  }
  const place = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(head.target);
  if (place === null) {
    passBetween(client, ways.raw(proxy), received);
    return;
  }
  const aborter = new AbortController();
  const left = (): void => aborter.abort();
  client.once('close', left);
  const tunnel = await ways.tunnel(proxy, place[1] ?? (place[2] as string), Number(place[3]), aborter.signal);
  client.off('close', left);
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  passBetween(client, tunnel, rest);
}

/** Passes everything between two connections, and lets neither live longer than the other. */
function passBetween(client: net.Socket, other: Duplex, first: Buffer): void {
  (other as Partial<net.Socket>).unref?.();
  const end = (): void => {
    client.destroy();
    other.destroy();
  };
  client.on('close', end);
  other.on('close', () => client.destroySoon()).on('error', end);
  if (client.destroyed) {
    end();
    return;
  }
  if (first.length > 0) other.write(first);
  client.pipe(other);
  other.pipe(client);
}

/** The program sees an answer of the proxy that it can show. */
function refuse(client: net.Socket, error: unknown): void {
  const { code, message } = error as SspiError;
  const status = code === 'SEC_E_LOGON_DENIED' ? 407 : 502;
  const body = Buffer.from(`${message}\n`);
  client.end(
    `HTTP/1.1 ${status} ${code}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.toString('latin1')}`,
    'latin1',
  );
}
