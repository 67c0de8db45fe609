import { CONTINUE_NEEDED, INVALID_TOKEN, SEC_E_OK, tokenOf, type Ends } from '../ends';
import { Attribute } from '#lib/context/attributes';
import type { Subject } from '../subject';

export function legCases(_subject: Subject, ends: Ends): void {
  describe('a handshake', () => {
    test('goes in legs with all their results', async () => {
      const { legs } = await ends.connect();
      expect(legs.map(({ status }) => status)).toEqual([CONTINUE_NEEDED, SEC_E_OK, SEC_E_OK]);
      for (const leg of legs) {
        expect(leg).toMatchObject({ unread: 0, missing: 0, attributes: [] });
        expect(leg.flags).toBe(leg.flags >>> 0);
        expect(['number', 'undefined']).toContain(typeof leg.expiry);
        expect(leg.bindingsResult).toBeUndefined();
      }
      expect(legs[0].token).toBeInstanceOf(Buffer);
      expect(legs[1].token).toBeInstanceOf(Buffer);
      expect(legs[2].token).toBeUndefined();
    });

    test('answers attributes in the leg that establishes the context, in their order, and in no other', async () => {
      const asked = [Attribute.negotiationInfo, 0x7777, Attribute.sizes];
      const { legs } = await ends.connect(asked);
      expect(legs[0].attributes).toEqual([]);
      for (const { attributes } of legs.slice(1)) {
        expect(attributes).toHaveLength(asked.length);
        const [negotiated, unknown, sizes] = attributes;
        expect(negotiated).toMatchObject({ status: 0, value: { state: 0 } });
        expect(unknown?.status).toBeGreaterThanOrEqual(0x80000000);
        expect(unknown?.value).toBeUndefined();
        expect(sizes).toMatchObject({ status: 0, value: { maxSignature: expect.any(Number) as number } });
      }
    });

    test('reads its input before the call returns', async () => {
      const initiator = await ends.place();
      const acceptor = await ends.place();
      const input = Buffer.from(tokenOf(await ends.initiate(initiator)));
      const answering = ends.accept(acceptor, input);
      input.fill(0);
      const answer = await answering;
      expect(answer.status).toBe(SEC_E_OK);
      const reply = Buffer.from(tokenOf(answer));
      const ending = ends.initiate(initiator, reply);
      reply.fill(0);
      expect((await ending).status).toBe(SEC_E_OK);
    });

    test('gives each token in memory of its own', async () => {
      const places = await Promise.all([ends.place(), ends.place()]);
      const tokens = await Promise.all(places.map(async (place) => tokenOf(await ends.initiate(place))));
      const copies = tokens.map((token) => Buffer.from(token));
      tokens[0]?.fill(0);
      expect(tokens[1]).toEqual(copies[1]);
    });

    test('is refused with a status, and nothing is left of it', async () => {
      const acceptor = await ends.place();
      const refusal = await ends.accept(acceptor, Buffer.from('this is nobody’s token'));
      expect(refusal).toMatchObject({ status: INVALID_TOKEN, attributes: [], expiry: undefined });
      expect(ends.binding.liveCounts().contexts).toBe(0);
    });
  });
}
