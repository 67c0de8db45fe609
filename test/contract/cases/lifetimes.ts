import { CONTINUE_NEEDED, orderOf, tokenOf, type Ends } from '../ends';
import type { Subject } from '../subject';

export function lifetimeCases(_subject: Subject, ends: Ends): void {
  const counts = () => ends.binding.liveCounts();

  describe('a context', () => {
    test('is counted from its first leg to its deletion, which is done once', async () => {
      const { binding } = ends;
      const place = await ends.place();
      expect(counts()).toMatchObject({ credentials: 1, contexts: 0 });
      await ends.initiate(place);
      expect(counts()).toMatchObject({ contexts: 1, calls: 0 });
      await binding.deleteSecurityContext(place);
      expect(counts()).toMatchObject({ contexts: 0, calls: 0 });
      await binding.deleteSecurityContext(place);
      expect(counts()).toMatchObject({ credentials: 1, contexts: 0, calls: 0 });
    });

    test('that never had a leg is deleted as well', async () => {
      const place = await ends.place();
      await ends.binding.deleteSecurityContext(place);
      expect(counts()).toMatchObject({ contexts: 0, calls: 0 });
    });

    test('that is dropped is freed eventually, and its deletion can still be awaited', async () => {
      const place = await ends.place();
      await ends.initiate(place);
      ends.binding.dropContext(place);
      expect(await ends.countsThatBecome({ contexts: 0, calls: 0 })).toMatchObject({ contexts: 0, calls: 0 });
      await ends.binding.deleteSecurityContext(place);
      ends.binding.dropContext(place);
    });

    test('that is deleted during a call is freed after the call, which has its result', async () => {
      const place = await ends.place();
      const leg = ends.initiate(place);
      const deletion = ends.binding.deleteSecurityContext(place);
      expect(await orderOf({ leg, deletion })).toEqual(['leg', 'deletion']);
      expect((await leg).status).toBe(CONTINUE_NEEDED);
      expect(counts()).toMatchObject({ contexts: 0, calls: 0 });
    });

    test('that is dropped during a call is freed after the call, too', async () => {
      const place = await ends.place();
      const leg = ends.initiate(place);
      ends.binding.dropContext(place);
      expect((await leg).status).toBe(CONTINUE_NEEDED);
      expect(await ends.countsThatBecome({ contexts: 0, calls: 0 })).toMatchObject({ contexts: 0, calls: 0 });
    });
  });

  describe('a credential outlives its contexts', () => {
    test('when it is freed first', async () => {
      const { binding } = ends;
      const credential = await ends.credential();
      const place = await ends.place(credential);
      await ends.initiate(place);
      await binding.freeCredentialsHandle(credential);
      expect(counts()).toMatchObject({ credentials: 1, contexts: 1 });
      await binding.deleteSecurityContext(place);
      expect(counts()).toMatchObject({ credentials: 0, contexts: 0 });
    });

    test('when it is freed before their first leg, and still serves them', async () => {
      const credential = await ends.credential();
      const place = await ends.place(credential);
      await ends.binding.freeCredentialsHandle(credential);
      expect((await ends.initiate(place)).status).toBe(CONTINUE_NEEDED);
    });

    test('when it is freed during a call', async () => {
      const credential = await ends.credential();
      const place = await ends.place(credential);
      const leg = ends.initiate(place);
      await ends.binding.freeCredentialsHandle(credential);
      expect((await leg).status).toBe(CONTINUE_NEEDED);
      expect(counts()).toMatchObject({ credentials: 1, contexts: 1 });
    });

    test('when several share it, until the last of them is gone', async () => {
      const { binding } = ends;
      const credential = await ends.credential();
      const [one, two] = [await ends.place(credential), await ends.place(credential)];
      await binding.freeCredentialsHandle(credential);
      await binding.deleteSecurityContext(one);
      expect(counts().credentials).toBe(1);
      await binding.deleteSecurityContext(two);
      expect(counts().credentials).toBe(0);
    });

    test('when another has taken its place', async () => {
      const { binding } = ends;
      const [first, second] = [await ends.credential(), await ends.credential()];
      const place = await ends.place(first);
      const acceptor = await ends.place(second);
      const request = tokenOf(await ends.initiate(place));
      binding.useCredential(place, second);
      await Promise.all([first, second].map((credential) => binding.freeCredentialsHandle(credential)));
      expect(counts()).toMatchObject({ credentials: 2, contexts: 1 });
      const answer = await ends.accept(acceptor, request);
      expect((await ends.initiate(place, tokenOf(answer))).status).toBe(0);
      await binding.deleteSecurityContext(acceptor);
      expect(counts()).toMatchObject({ credentials: 2, contexts: 1 });
      await binding.deleteSecurityContext(place);
      expect(counts()).toMatchObject({ credentials: 0, contexts: 0 });
    });
  });
}
