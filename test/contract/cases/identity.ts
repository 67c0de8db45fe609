import { Attribute } from '#lib/context/attributes';
import { thrown } from '../../outcome';
import { sidToBytes } from '#lib/sid';
import type { Ends } from '../ends';
import type { Subject } from '../subject';

const everyone = sidToBytes('S-1-1-0');
const nobody = sidToBytes('S-1-5-21-1-2-3-4711');

export function identityCases(_subject: Subject, ends: Ends): void {
  const token = {
    user: expect.stringMatching(/^S-1-\d+/) as string,
    groups: expect.arrayContaining([{ sid: 'S-1-1-0', attributes: expect.any(Number) as number }]) as object[],
    impersonationLevel: expect.any(Number) as number,
  };

  describe('who the client is', () => {
    test('its token tells', async () => {
      const { acceptor } = await ends.connect();
      expect(await ends.binding.querySecurityContextToken(acceptor)).toMatchObject({
        status: 0,
        token: { ...token, isPrimary: expect.any(Boolean) as boolean },
      });
    });

    test('and which groups it is in', async () => {
      const { acceptor } = await ends.connect();
      const { binding } = ends;
      expect(await binding.checkTokenMembership(acceptor, everyone)).toEqual({ status: 0, isMember: true });
      expect(await binding.checkTokenMembership(acceptor, nobody)).toEqual({ status: 0, isMember: false });
    });

    test('and the same of the process', async () => {
      const { binding } = ends;
      expect(await binding.queryProcessToken()).toMatchObject({ status: 0, token: { ...token, isPrimary: true } });
      expect(await binding.checkTokenMembership(undefined, everyone)).toEqual({ status: 0, isMember: true });
      expect(await binding.checkTokenMembership(undefined, nobody)).toEqual({ status: 0, isMember: false });
    });

    test.each<[string, Buffer]>([
      ['of no bytes', Buffer.alloc(0)],
      ['cut short', everyone.subarray(0, -1)],
      ['with a byte too many', Buffer.concat([everyone, Buffer.alloc(1)])],
      ['of 16 sub-authorities', Buffer.concat([Buffer.of(1, 16, 0, 0, 0, 0, 0, 5), Buffer.alloc(64)])],
    ])('an identifier %s throws', async (_, sid) => {
      const { acceptor } = await ends.connect();
      const { binding } = ends;
      for (const ask of [
        () => binding.checkTokenMembership(acceptor, sid),
        () => binding.checkTokenMembership(undefined, sid),
        () => binding.lookupAccountSids([everyone, sid]),
      ]) {
        expect(ask).toThrow(/security identifier/);
      }
      expect(binding.liveCounts().calls).toBe(0);
    });
  });

  describe('impersonation', () => {
    test('runs the function and gives what it returned', async () => {
      const { acceptor } = await ends.connect();
      const result = { what: 'it returned' };
      const outcome = ends.binding.impersonate(acceptor, () => result);
      expect(outcome).toEqual({ status: 0, result });
      expect(outcome.result).toBe(result);
    });

    test('lets through what the function throws, and has ended then', async () => {
      const { acceptor } = await ends.connect();
      const fault = new Error('of the function');
      const impersonating = () =>
        ends.binding.impersonate(acceptor, () => {
          throw fault;
        });
      expect(thrown(impersonating)).toBe(fault);
      expect(ends.binding.impersonate(acceptor, () => 1)).toEqual({ status: 0, result: 1 });
    });

    test('holds the context: synchronous calls are refused meanwhile, others and its deletion wait', async () => {
      const { binding } = ends;
      const { acceptor } = await ends.connect();
      const waiting: Record<string, Promise<unknown>> = {};
      binding.impersonate(acceptor, () => {
        for (const call of [
          () => binding.queryContextAttributesSync(acceptor, [Attribute.sizes]),
          () => binding.impersonate(acceptor, () => 1),
          () => binding.makeSignature(acceptor, new Uint8Array(4), Uint32Array.of(1, 0, 4, 0), 0, 0),
        ]) {
          expect(thrown(call)).toMatchObject({ code: 'ERR_SSPI_BUSY' });
        }
        waiting['attributes'] = binding
          .queryContextAttributes(acceptor, [Attribute.sizes])
          .then(([sizes]) => expect(sizes?.status).toBe(0));
        waiting['deletion'] = binding.deleteSecurityContext(acceptor);
        expect(binding.liveCounts()).toMatchObject({ contexts: 2, calls: 2 });
      });
      await Promise.all(Object.values(waiting));
      expect(binding.liveCounts()).toMatchObject({ contexts: 1, calls: 0 });
    });
  });
}
