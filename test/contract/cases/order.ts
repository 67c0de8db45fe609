import { CONTINUE_NEEDED, orderOf, tokenOf, type Ends } from '../ends';
import { Attribute } from '#lib/context/attributes';
import type { Subject } from '../subject';

const everyone = Buffer.from('010100000000000100000000', 'hex');

export function orderCases({ packageName }: Subject, ends: Ends): void {
  describe('calls on one context', () => {
    test('are made in their order, after the leg that runs', async () => {
      const { binding } = ends;
      const acceptor = await ends.place();
      const request = tokenOf(await ends.initiate(await ends.place()));
      // All but the leg need the context, which is not there yet when they are asked for.
      const order = await orderOf({
        leg: ends.accept(acceptor, request),
        attributes: binding.queryContextAttributes(acceptor, [Attribute.sizes]),
        token: binding.querySecurityContextToken(acceptor),
        membership: binding.checkTokenMembership(acceptor, everyone),
        credential: binding
          .acquireCredentialsHandleForClient(acceptor, 3, undefined, packageName, 3, undefined)
          .then(({ status }) => expect(status).toBe(0)),
        deletion: binding.deleteSecurityContext(acceptor),
      });
      expect(order).toEqual(['leg', 'attributes', 'token', 'membership', 'credential', 'deletion']);
    });

    test('that were made before the deletion have their results', async () => {
      const { binding } = ends;
      const { acceptor } = await ends.connect();
      const asking = [1, 2, 3].map(() => binding.queryContextAttributes(acceptor, [Attribute.sizes]));
      const deletion = binding.deleteSecurityContext(acceptor);
      for (const [sizes] of await Promise.all(asking)) expect(sizes?.status).toBe(0);
      await deletion;
    });
  });

  test('calls on many contexts have their own results', async () => {
    const places = await Promise.all(Array.from({ length: 20 }, () => ends.place()));
    const legs = await Promise.all(places.map((place) => ends.initiate(place)));
    expect(legs.map(({ status }) => status)).toEqual(legs.map(() => CONTINUE_NEEDED));
    expect(ends.binding.liveCounts()).toMatchObject({ contexts: 20, calls: 0 });
  });
}
