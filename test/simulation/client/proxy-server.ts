/** Proxies: they ask for a sign-on or not, send requests on, open tunnels, and lie. */
import { answer, asAnswerTo } from './lying-server';
import { signOnAt, type SignOnState } from './proxy-sign-on';
import { RequestReader, valuesOf, type ReadRequest } from './request-reader';
import { writeRequestHead, withoutFields } from '#lib/wire/http-head';
import type { ClientSocket } from './client-socket';
import type { ConnectionFacts } from './truth';
import type { Duplex } from 'node:stream';
import type { Listener, Network } from './network';
import type { Proxy } from './places';

interface Passing {
  readonly stream: Duplex;
  readonly connection: ConnectionFacts;
  readonly state: SignOnState;
  /** The server that the connection's requests go to, and the connection to it. */
  backend: { readonly place: string; readonly socket: ClientSocket } | undefined;
}

export class ProxyServer implements Listener {
  readonly to: { readonly proxy: Proxy };
  readonly #network: Network;

  constructor(proxy: Proxy, network: Network) {
    this.to = { proxy };
    this.#network = network;
  }

  accept(stream: Duplex, connection: ConnectionFacts): void {
    const passing: Passing = {
      stream,
      connection,
      state: { isSignedOn: false, challenge: undefined },
      backend: undefined,
    };
    const { truth } = this.#network;
    const reader = new RequestReader(
      ({ head }) => truth.arrived(connection, head),
      (request) => this.#take(passing, request, reader),
    );
    stream.on('data', (bytes: Buffer) => {
      try {
        const rest = reader.feed(bytes);
        if (rest.length > 0) passing.backend?.socket.write(rest);
      } catch (error) {
        truth.violation(`What arrived at a proxy is no HTTP: ${(error as Error).message}`);
        stream.destroy();
      }
    });
    stream.on('end', () => stream.end());
    stream.on('close', () => passing.backend?.socket.destroy());
  }

  #take(passing: Passing, request: ReadRequest, reader: RequestReader): void {
    const { stream } = passing;
    const { conduct } = this.to.proxy;
    const { random } = this.#network;
    if (!stream.writable) return;
    const say = (text: string): void => void stream.write(asAnswerTo(request.head, text));
    const refusal = answer(407, ['Proxy-Authenticate: Negotiate', 'Proxy-Authenticate: NTLM'], 'who are you?');
    if (conduct === 'refuses for ever') return say(refusal);
    if (conduct === 'garbage') return say('SSH-2.0-OpenSSH_9.2\r\n\r\n');
    if (conduct === 'closes') return void stream.end(random.chance(0.5) ? asAnswerTo(request.head, refusal) : '');
    const isTunnel = request.head.method === 'CONNECT';
    if (conduct === 'becomes the origin') {
      const authorization = valuesOf(request.head, 'authorization')[0];
      // It asks, and then plays the server whose name it has.
      if (isTunnel) {
        reader.stop();
        return say('HTTP/1.1 200 Connected\r\n\r\n');
      }
      const lie = authorization === undefined ? 401 : random.pick([200, 401, 407]);
      return say(answer(lie, ['WWW-Authenticate: Negotiate', 'Proxy-Authenticate: Negotiate']));
    }
    if (conduct === 'asks') {
      const demand = signOnAt(passing.state, valuesOf(request.head, 'proxy-authorization')[0]);
      if (demand !== undefined) return say(answer(407, [demand], 'who are you?'));
    }
    if (isTunnel) this.#openTunnel(passing, request, reader);
    else this.#sendOn(passing, request);
  }

  #openTunnel(passing: Passing, { head }: ReadRequest, reader: RequestReader): void {
    const { stream } = passing;
    reader.stop();
    const socket = this.#backend(passing, head.target);
    const early = this.to.proxy.conduct === 'speaks first' ? `server ${head.target.replace(/:\d+$/, '')}\n` : '';
    socket.once('connect', () => stream.write(`HTTP/1.1 200 Connected\r\n\r\n${early}`));
  }

  #sendOn(passing: Passing, { head, body }: ReadRequest): void {
    if (!URL.canParse(head.target)) return void passing.stream.write(answer(400));
    const { hostname, port, pathname } = new URL(head.target);
    const socket = this.#backend(passing, `${hostname}:${port === '' ? 80 : port}`);
    const fields = withoutFields(head.fields, 'proxy-authorization', 'proxy-connection');
    socket.write(writeRequestHead({ ...head, target: pathname, fields: [...fields, ['Via', '1.1 proxy']] }), 'latin1');
    if (body !== '') socket.write(body, 'latin1');
  }

  /** A connection of the client has a connection to the server of its own: NTLM needs that. */
  #backend(passing: Passing, place: string): ClientSocket {
    const { stream, connection } = passing;
    if (passing.backend?.place === place && !passing.backend.socket.destroyed) return passing.backend.socket;
    passing.backend?.socket.removeAllListeners('close').destroy();
    const [host = '', port] = place.split(':');
    const socket = this.#network.connect({ host, port: Number(port) }, connection);
    passing.backend = { place, socket };
    socket.on('data', (bytes: Buffer) => {
      if (stream.writable) stream.write(bytes);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => stream.destroy());
    return socket;
  }
}
