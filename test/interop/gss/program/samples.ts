/** MIT's sample programs, with the frames of src/appl/gss-sample/gss-misc.h: the flags of a token, its length, the token. */
import net from 'node:net';
import { once } from 'node:events';
import type { SecurityContext } from 'sspi';
import { begin, check, establish, type Logons } from './handshake';
import { Conversation, type Party } from './controlled';
import { Frames, kindThenLength } from './frames';
import { formOf, messagesOf, mustEqual } from './messages';
import { contentOf, sizesOf, type Cell, type Outcome } from '../cells';

const noop = 1;
const contextToken = 2;
const data = 4;
const mic = 8;
const contextNext = 16;
const wrapped = 32;
const encrypted = 64;
const sendMic = 128;

const flagsOfLayer = {
  none: data,
  integrity: data | wrapped | sendMic,
  confidentiality: data | wrapped | encrypted | sendMic,
} as const;

async function receive(frames: Frames, flag: number): Promise<Buffer> {
  const { kind, contents } = await frames.receive();
  if ((kind & flag) === 0) throw new Error(`a token with the flags ${kind} instead of ${flag}`);
  return contents;
}

/** Signs on to gss-server, which answers each message with its signature. */
export async function withGssServer(cell: Cell, logons: Logons, party: Party): Promise<Outcome['form']> {
  using frames = await Frames.connect(party.port, kindThenLength);
  frames.send(noop | contextNext, Buffer.alloc(0));
  await using handshake = begin(cell, await logons.for(cell), party.key);
  const context = await establish(
    handshake,
    () => receive(frames, contextToken),
    (token) => frames.send(contextToken, token),
  );
  check(cell, context);
  let form: Outcome['form'];
  for (const size of sizesOf(cell)) {
    const content = contentOf(size);
    if (cell.layer === 'none') {
      frames.send(data, content);
      await receive(frames, noop);
      continue;
    }
    const message = messagesOf(cell, context).protect(content);
    form = formOf(cell, message);
    frames.send(flagsOfLayer[cell.layer], message);
    context.verify(content, await receive(frames, mic));
  }
  frames.send(noop, Buffer.alloc(0));
  return form;
}

const optionsOfLayer = {
  none: ['-nw', '-nx', '-nm'],
  integrity: ['-nx'],
  confidentiality: [],
} as const;

/** Plays gss-server for gss-client, which the peer's program starts once for each size. */
export async function withGssClient(cell: Cell, logons: Logons, party: Party): Promise<Outcome['form']> {
  const listener = net.createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    let form: Outcome['form'];
    for (const size of sizesOf(cell)) form = await oneClient(cell, logons, party, listener, size);
    return form;
  } finally {
    listener.close();
  }
}

async function oneClient(
  cell: Cell,
  logons: Logons,
  { port, key }: Party,
  listener: net.Server,
  size: number,
): Promise<Outcome['form']> {
  const address = listener.address() as net.AddressInfo;
  const options = [
    ...['-port', String(address.port)],
    ...(cell.mechanism === 'SPNEGO' ? ['-spnego'] : []),
    ...(cell.style === 'one-way' ? ['-nomutual'] : []),
    ...optionsOfLayer[cell.layer],
  ];
  const target = [`127.0.0.1`, `${key.service}@${key.host}`];
  const connected = once(listener, 'connection') as Promise<[net.Socket]>;
  using conversation = await Conversation.start(port, { role: 'run', options, target, size });
  const ended = conversation.receive('R').then((text) => JSON.parse(text.toString()) as { output: string });
  const early = ended.then(({ output }) => Promise.reject(new Error(`gss-client ended: ${output}`)));
  early.catch(() => undefined); // it is expected to end later
  const [socket] = await Promise.race([connected, early]);
  using frames = new Frames(socket, kindThenLength);
  await receive(frames, contextNext);
  await using handshake = begin(cell, await logons.for(cell), key);
  const context = await establish(
    handshake,
    () => receive(frames, contextToken),
    (token) => frames.send(contextToken, token),
  );
  const form = await answer(cell, context, frames, size);
  const { output } = await ended;
  const success = cell.layer === 'none' ? 'Response received.' : 'Signature verified.';
  if (!output.includes(success)) throw new Error(`gss-client: ${output}`);
  return form;
}

/** As gss-server: opens the message and answers with its signature, if it is asked for. */
async function answer(cell: Cell, context: SecurityContext, frames: Frames, size: number): Promise<Outcome['form']> {
  const { kind, contents } = await frames.receive();
  if (kind !== flagsOfLayer[cell.layer]) throw new Error(`gss-client sent a message with the flags ${kind}`);
  const content = contentOf(size);
  if (cell.layer === 'none') {
    mustEqual(contents, content);
    frames.send(noop, Buffer.alloc(0));
    return undefined;
  }
  mustEqual(messagesOf(cell, context).open(contents), content);
  frames.send(mic, context.sign(content));
  return formOf(cell, contents);
}
