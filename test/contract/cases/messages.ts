import { BufferType, qopNoEncrypt } from '#lib/binding/constants';
import { Attribute } from '#lib/context/attributes';
import type { Connection, Ends } from '../ends';
import type { ContextHandle, RawSizes } from '#lib/binding/binding';
import type { Subject } from '../subject';

const MESSAGE_ALTERED = 0x8009030f;
const BUFFER_TOO_SMALL = 0x80090321;
const text = Buffer.from('what is to be protected');

/** A token and the data, in one piece of memory; the slot for the quality of protection comes last. */
interface Message {
  readonly memory: Buffer;
  readonly layout: Uint32Array;
}

const message = (room: number, data: Uint8Array = text): Message => ({
  memory: Buffer.concat([Buffer.alloc(room), data]),
  layout: Uint32Array.of(BufferType.token, 0, room, BufferType.data, room, data.length, 0),
});

const part = ({ memory, layout }: Message, index: number): Buffer => {
  const [, offset = 0, length = 0] = layout.subarray(3 * index, 3 * index + 3);
  return memory.subarray(offset, offset + length);
};

const damageDataOf = (received: Message): void => {
  const data = part(received, 1);
  data[0] = (data[0] ?? 0) ^ 1;
};

/** What arrives: the token as long as it was said to be, and the data. */
const arrived = (sent: Message): Message => {
  const [token, data] = [part(sent, 0), part(sent, 1)];
  return {
    memory: Buffer.concat([token, data]),
    layout: Uint32Array.of(BufferType.token, 0, token.length, BufferType.data, token.length, data.length, 0),
  };
};

export function messageCases(_subject: Subject, ends: Ends): void {
  describe('messages', () => {
    const sizesOf = (context: ContextHandle): RawSizes =>
      ends.binding.queryContextAttributesSync(context, [Attribute.sizes])[0]?.value as RawSizes;

    async function sealed(qop = 0): Promise<Connection & { sent: Message }> {
      const connection = await ends.connect();
      const sent = message(sizesOf(connection.initiator).securityTrailer);
      expect(ends.binding.encryptMessage(connection.initiator, sent.memory, sent.layout, qop, 0)).toBe(0);
      return { ...connection, sent };
    }

    test('are encrypted in place, and the token’s length is written back', async () => {
      const { acceptor, sent } = await sealed();
      expect(part(sent, 0).length).toBeGreaterThan(0);
      expect(part(sent, 0).length).toBeLessThanOrEqual(sent.memory.length - text.length);
      expect(part(sent, 1)).not.toEqual(text);
      const received = arrived(sent);
      received.layout[6] = 0x55;
      expect(ends.binding.decryptMessage(acceptor, received.memory, received.layout, 0)).toBe(0);
      expect(part(received, 1)).toEqual(text);
      expect(received.layout[6]).toBe(0);
    });

    test('that are only signed stay readable, and their quality of protection says so', async () => {
      const { acceptor, sent } = await sealed(qopNoEncrypt);
      expect(part(sent, 1)).toEqual(text);
      const received = arrived(sent);
      expect(ends.binding.decryptMessage(acceptor, received.memory, received.layout, 0)).toBe(0);
      expect(part(received, 1)).toEqual(text);
      expect(received.layout[6]).toBe(qopNoEncrypt);
    });

    test('in one piece are opened as a stream: the data is pointed out', async () => {
      const { acceptor, sent } = await sealed();
      const { memory } = arrived(sent);
      const layout = Uint32Array.of(BufferType.stream, 0, memory.length, BufferType.data, 0, 0, 0);
      expect(ends.binding.decryptMessage(acceptor, memory, layout, 0)).toBe(0);
      expect(part({ memory, layout }, 1)).toEqual(text);
    });

    test('that were changed are refused', async () => {
      const { acceptor, sent } = await sealed();
      const received = arrived(sent);
      damageDataOf(received);
      expect(ends.binding.decryptMessage(acceptor, received.memory, received.layout, 0)).toBe(MESSAGE_ALTERED);
    });

    test('are signed and verified, and leave the data alone', async () => {
      const { binding } = ends;
      const { initiator, acceptor } = await ends.connect();
      const signed = message(sizesOf(initiator).maxSignature);
      expect(binding.makeSignature(initiator, signed.memory, signed.layout, 0, 0)).toBe(0);
      expect(part(signed, 1)).toEqual(text);
      const received = arrived(signed);
      expect(binding.verifySignature(acceptor, received.memory, received.layout, 0)).toBe(0);
    });

    test('whose signature is for other data are refused', async () => {
      const { binding } = ends;
      const { initiator, acceptor } = await ends.connect();
      const signed = message(sizesOf(initiator).maxSignature);
      binding.makeSignature(initiator, signed.memory, signed.layout, 0, 0);
      const received = arrived(signed);
      damageDataOf(received);
      expect(binding.verifySignature(acceptor, received.memory, received.layout, 0)).toBe(MESSAGE_ALTERED);
    });

    test('without enough room for the token are refused', async () => {
      const { binding } = ends;
      const { initiator } = await ends.connect();
      const small = message(4);
      expect(binding.encryptMessage(initiator, small.memory, small.layout, 0, 0)).toBe(BUFFER_TOO_SMALL);
      expect(binding.makeSignature(initiator, small.memory, small.layout, 0, 0)).toBe(BUFFER_TOO_SMALL);
      expect(part(small, 1)).toEqual(text);
    });

    test.each<[string, Uint32Array]>([
      ['beyond the memory', Uint32Array.of(BufferType.data, 5, 6, 0)],
      ['whose end wraps around', Uint32Array.of(BufferType.data, 0xffffffff, 0xffffffff, 0)],
      ['without a slot for the quality of protection', Uint32Array.of(BufferType.data, 0, 10)],
      ['of 17 buffers', new Uint32Array(17 * 3 + 1)],
      ['of nothing', new Uint32Array(0)],
    ])('with a layout %s throw', async (_, layout) => {
      const { binding } = ends;
      const { initiator } = await ends.connect();
      const memory = new Uint8Array(10);
      for (const protect of [
        () => binding.encryptMessage(initiator, memory, layout, 0, 0),
        () => binding.decryptMessage(initiator, memory, layout, 0),
        () => binding.makeSignature(initiator, memory, layout, 0, 0),
        () => binding.verifySignature(initiator, memory, layout, 0),
      ]) {
        expect(protect).toThrow('the message layout does not fit the memory');
      }
    });
  });
}
