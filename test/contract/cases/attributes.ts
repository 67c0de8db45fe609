import { Attribute } from '#lib/context/attributes';
import type { Ends } from '../ends';
import type { Subject } from '../subject';

export function attributeCases(_subject: Subject, ends: Ends): void {
  describe('attributes of a context', () => {
    test('are the same on a thread and on this one, in the order asked for', async () => {
      const { binding } = ends;
      const { initiator } = await ends.connect();
      const asked = [Attribute.sizes, 0x7777, Attribute.sessionKey, Attribute.sizes];
      const answers = binding.queryContextAttributesSync(initiator, asked);
      expect(await binding.queryContextAttributes(initiator, asked)).toEqual(answers);
      const [sizes, unknown, key, again] = answers;
      expect(sizes).toEqual({
        status: 0,
        value: {
          maxToken: expect.any(Number) as number,
          maxSignature: expect.any(Number) as number,
          blockSize: expect.any(Number) as number,
          securityTrailer: expect.any(Number) as number,
        },
      });
      expect(again).toEqual(sizes);
      expect(unknown?.value).toBeUndefined();
      expect(unknown?.status).toBeGreaterThanOrEqual(0x80000000);
      expect(key).toMatchObject({ status: 0, value: expect.any(Buffer) as Buffer });
    });

    test('come in memory of their own', async () => {
      const { binding } = ends;
      const { initiator } = await ends.connect();
      const keyNow = (): Buffer =>
        binding.queryContextAttributesSync(initiator, [Attribute.sessionKey])[0]?.value as Buffer;
      const key = keyNow();
      const copy = Buffer.from(key);
      key.fill(0xaa);
      expect(keyNow()).toEqual(copy);
    });

    test('may be none', async () => {
      const { initiator } = await ends.connect();
      expect(ends.binding.queryContextAttributesSync(initiator, [])).toEqual([]);
      expect(await ends.binding.queryContextAttributes(initiator, [])).toEqual([]);
    });

    test('name the client, and the package', async () => {
      const { acceptor } = await ends.connect();
      const [names, negotiated] = await ends.binding.queryContextAttributes(acceptor, [
        Attribute.names,
        Attribute.negotiationInfo,
      ]);
      expect(names).toEqual({ status: 0, value: expect.stringMatching(/\S/) as string });
      expect(negotiated).toMatchObject({
        status: 0,
        value: { package: { name: expect.stringMatching(/./) as string } },
      });
    });
  });
}
