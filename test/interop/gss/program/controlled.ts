/** A cell with one of the lab's peers that are told what to do: scripts/lab/peers/files/gss-peer.py, gss-kerberos.cjs. */
import { SspiError, type SecurityContext } from 'sspi';
import { begin, check, establish, type Logons } from './handshake';
import { Frames, lengthThenKind } from './frames';
import { altered, formOf, messagesOf, mustEqual } from './messages';
import { contentOf, protects, sizesOf, type Cell, type KeyDescription, type Outcome } from '../cells';

const protectingFlags = ['integrity', 'replay_detection', 'out_of_sequence_detection'];
const peersFlagsOfLayer = {
  // Without any flag python3-gssapi requests those that it prefers, mutual authentication among them.
  none: ['replay_detection'],
  integrity: protectingFlags,
  confidentiality: [...protectingFlags, 'confidentiality'],
} as const;
const peersFlagsOfStyle = {
  'one-way': [],
  mutual: ['mutual_authentication'],
  DCE: ['mutual_authentication', 'dce_style'],
} as const;
const peersMechanisms = { Kerberos: 'krb5', SPNEGO: 'spnego', NTLM: 'ntlm' } as const;

const authzid = 'alice';

export interface Party {
  readonly port: number;
  readonly key: KeyDescription;
  /** Whom the peer must take this side for. */
  readonly clientName: RegExp;
}

/** What a peer tells at the end. */
interface PeersReport {
  readonly initiator: string;
  /** Unknown to the package kerberos. */
  readonly flags?: readonly string[];
}

export class Conversation implements Disposable {
  readonly frames: Frames;
  private constructor(frames: Frames) {
    this.frames = frames;
  }

  static async start(port: number, setting: object): Promise<Conversation> {
    const conversation = new Conversation(await Frames.connect(port, lengthThenKind));
    conversation.send('S', Buffer.from(JSON.stringify(setting)));
    return conversation;
  }

  send(kind: string, contents: Buffer = Buffer.alloc(0)): void {
    this.frames.send(kind.charCodeAt(0), contents);
  }

  async receive(expected: string): Promise<Buffer> {
    const { kind, contents } = await this.frames.receive();
    const letter = String.fromCharCode(kind);
    if (letter === 'E') throw new Error(`the peer: ${contents.toString()}`);
    if (letter !== expected) throw new Error(`the peer sent ${letter} instead of ${expected}`);
    return contents;
  }

  async ask(kind: string, contents: Buffer, answer = kind): Promise<Buffer> {
    this.send(kind, contents);
    return this.receive(answer);
  }

  async report(): Promise<PeersReport> {
    return JSON.parse((await this.ask('R', Buffer.alloc(0))).toString()) as PeersReport;
  }

  [Symbol.dispose](): void {
    this.frames[Symbol.dispose]();
  }
}

export async function withControlled(cell: Cell, logons: Logons, party: Party): Promise<Outcome['form']> {
  const { key } = party;
  using conversation = await Conversation.start(party.port, {
    role: cell.initiator === 'peer' ? 'initiate' : 'accept',
    mechanism: peersMechanisms[cell.mechanism],
    target: `${key.service}@${key.host}`,
    flags: [...peersFlagsOfLayer[cell.layer], ...peersFlagsOfStyle[cell.style]],
    layer: cell.layer,
    dce: cell.style === 'DCE',
    authzid,
    ...(cell.peer === 'gss-ntlmssp' && cell.initiator === 'peer' ? { user: `CORP\\${logons.ntlmUser.user}` } : {}),
  });
  await using handshake = begin(cell, await logons.for(cell), key);
  const context = await establish(
    handshake,
    () => conversation.receive('T'),
    (token) => conversation.send('T', token),
  );
  check(cell, context);
  let form: Outcome['form'];
  if (cell.layer !== 'none' && protects(cell)) {
    form = await exchange(cell, context, conversation);
  }
  const { initiator, flags } = await conversation.report();
  if (cell.initiator === 'sspi' && !party.clientName.test(initiator)) {
    throw new Error(`the peer took the client for ${JSON.stringify(initiator)}`);
  }
  if (flags !== undefined && flags.includes('mutual_authentication') !== (cell.style !== 'one-way')) {
    throw new Error(`the peer's flags of a context that is ${cell.style}: ${flags.join(' ')}`);
  }
  return form;
}

/** Messages of every size in both directions, signatures, and messages that somebody has altered. */
async function exchange(cell: Cell, context: SecurityContext, conversation: Conversation): Promise<Outcome['form']> {
  const { protect, open } = messagesOf(cell, context);
  let form: Outcome['form'];
  for (const size of sizesOf(cell)) {
    const data = contentOf(size);
    const message = protect(data);
    form = formOf(cell, message);
    if (cell.peer === 'kerberos') {
      mustEqual(await conversation.ask('M', message, 'P'), data);
      mustEqual(open(await conversation.receive('M')).subarray(4), Buffer.from(authzid));
      continue;
    }
    if (wraps(cell)) mustEqual(open(await conversation.ask('M', message)), data);
    conversation.send('D', data);
    context.verify(data, await conversation.ask('C', context.sign(data)));
  }
  if (cell.peer === 'kerberos' || !wraps(cell)) return form;
  const data = contentOf(100);
  refused(open, await conversation.ask('X', data, 'M'));
  const answer = JSON.parse((await conversation.ask('Y', altered(protect(data)), 'R')).toString()) as object;
  if (!('refused' in answer)) throw new Error('the peer has opened an altered message');
  return form;
}

/** gss-ntlmssp encrypts and decrypts whatever it is asked for: its messages that are only signed do not exist. */
const wraps = ({ peer, layer }: Cell): boolean => peer !== 'gss-ntlmssp' || layer === 'confidentiality';

function refused(open: (message: Buffer) => Buffer, message: Buffer): void {
  try {
    open(message);
  } catch (error) {
    if (SspiError.isSspiError(error) && error.code.startsWith('SEC_E_')) return;
    throw error;
  }
  throw new Error('an altered message was opened');
}
