import { BufferType } from '#lib/binding/constants';
import { Attribute } from '#lib/context/attributes';
import { INVALID_HANDLE, type Ends } from '../ends';
import { differences } from '../differences';
import { sidToBytes } from '#lib/sid';
import { thrown } from '../../outcome';
import type { ContextHandle, CredentialHandle } from '#lib/binding/binding';
import type { Subject } from '../subject';

const everyone = sidToBytes('S-1-1-0');
const sizes = [Attribute.sizes];

type Calls = Readonly<Record<string, () => unknown>>;

export function misuseCases(subject: Subject, ends: Ends): void {
  const asMessage = () =>
    [new Uint8Array(8), Uint32Array.of(BufferType.token, 0, 4, BufferType.data, 4, 4, 0)] as const;

  /** Calls that need a live context. */
  const onContext = (context: ContextHandle): Calls => ({
    completeAuthToken: () => ends.binding.completeAuthToken(context, undefined, []),
    queryContextAttributes: () => ends.binding.queryContextAttributes(context, sizes),
    queryContextAttributesSync: () => ends.binding.queryContextAttributesSync(context, sizes),
    querySecurityContextToken: () => ends.binding.querySecurityContextToken(context),
    checkTokenMembership: () => ends.binding.checkTokenMembership(context, everyone),
    acquireCredentialsHandleForClient: () =>
      ends.binding.acquireCredentialsHandleForClient(context, 2, undefined, subject.packageName, 3, undefined),
    impersonate: () => ends.binding.impersonate(context, () => neverRuns()),
    encryptMessage: () => ends.binding.encryptMessage(context, ...asMessage(), 0, 0),
    decryptMessage: () => ends.binding.decryptMessage(context, ...asMessage(), 0),
    makeSignature: () => ends.binding.makeSignature(context, ...asMessage(), 0, 0),
    verifySignature: () => ends.binding.verifySignature(context, ...asMessage(), 0),
  });

  const legsOn = (context: ContextHandle): Calls => ({
    initializeSecurityContext: () => ends.initiate(context),
    acceptSecurityContext: () => ends.accept(context, Buffer.from('x')),
  });

  const onCredential = (credential: CredentialHandle): Calls => ({
    freeCredentialsHandle: () => ends.binding.freeCredentialsHandle(credential),
    dropCredential: () => ends.binding.dropCredential(credential),
    queryCredentialsAttribute: () => ends.binding.queryCredentialsAttribute(credential, 1),
    createContext: () => ends.binding.createContext(credential),
  });

  /** What each call came to: a status, or what it threw or rejected with. */
  async function outcomesOf(calls: Calls): Promise<Record<string, string>> {
    const outcomes: Record<string, string> = {};
    for (const [name, call] of Object.entries(calls)) {
      try {
        outcomes[name] = told(await call());
      } catch (error) {
        outcomes[name] = (error as Error).message.startsWith('Violation of the binding') ? 'violation' : String(error);
      }
    }
    return outcomes;
  }

  const expected = (calls: Calls): Record<string, string> =>
    Object.fromEntries(Object.keys(calls).map((name) => [name, differences.misuse.outcome[subject.kind]]));

  describe('misuse', () => {
    test('of a place without a context', async () => {
      const calls = onContext(await ends.place());
      expect(await outcomesOf(calls)).toEqual(expected(calls));
    });

    test('of a deleted context', async () => {
      const { acceptor } = await ends.connect();
      await ends.binding.deleteSecurityContext(acceptor);
      const calls = { ...onContext(acceptor), ...legsOn(acceptor) };
      expect(await outcomesOf(calls)).toEqual(expected(calls));
      expect(ends.binding.liveCounts().contexts).toBe(1);
    });

    test('of a context that is on its way out', async () => {
      const { binding } = ends;
      const { acceptor } = await ends.connect();
      binding.dropContext(acceptor);
      const calls = {
        queryContextAttributes: () => binding.queryContextAttributes(acceptor, sizes),
        ...legsOn(acceptor),
      };
      expect(await outcomesOf(calls)).toEqual(expected(calls));
    });

    test('of a freed credential', async () => {
      const { binding } = ends;
      const credential = await ends.credential();
      await binding.freeCredentialsHandle(credential);
      const calls = {
        queryCredentialsAttribute: () => binding.queryCredentialsAttribute(credential, 1),
        // A place of nothing is none that a leg can be made on.
        createContext: async () => ends.initiate(await ends.place(credential)),
        useCredential: async () => {
          const place = await ends.place();
          binding.useCredential(place, credential);
          return ends.initiate(place);
        },
      };
      expect(await outcomesOf(calls)).toEqual(expected(calls));
    });

    test.each<[string, unknown]>([
      ['nothing', undefined],
      ['null', null],
      ['a plain object', {}],
      ['a number', 1],
      ['a proxy', new Proxy({}, {})],
    ])('of %s as a handle: it is thrown back', async (_, handle) => {
      const wrong = handle as never;
      const place = await ends.place();
      // Membership without a context is the process's own.
      const { checkTokenMembership, ...context } = onContext(wrong);
      const calls: Calls = {
        ...context,
        ...(handle === undefined ? {} : { checkTokenMembership }),
        ...legsOn(wrong),
        ...onCredential(wrong),
        deleteSecurityContext: () => ends.binding.deleteSecurityContext(wrong),
        dropContext: () => ends.binding.dropContext(wrong),
        useCredential: () => ends.binding.useCredential(place, wrong),
        useCredentialFor: () => ends.binding.useCredential(wrong, wrong),
      };
      for (const call of Object.values(calls))
        expect(call).toThrow(/expected a (context|credential) handle|of another binding/);
      expect(ends.binding.liveCounts().calls).toBe(0);
    });

    test('of a handle of one kind as one of the other: it is thrown back', async () => {
      const credential = await ends.credential();
      const place = await ends.place(credential);
      const calls: Calls = {
        ...onContext(credential as never),
        ...legsOn(credential as never),
        deleteSecurityContext: () => ends.binding.deleteSecurityContext(credential as never),
        dropContext: () => ends.binding.dropContext(credential as never),
        ...onCredential(place as never),
      };
      for (const call of Object.values(calls))
        expect(call).toThrow(/expected a (context|credential) handle|of another binding/);
      expect(ends.binding.liveCounts()).toMatchObject({ credentials: 1, calls: 0 });
    });

    test(`of types: ${differences.argumentTypes.outcome[subject.kind]}`, async () => {
      if (differences.argumentTypes.outcome[subject.kind] === 'trusted') return;
      const { binding } = ends;
      const place = await ends.place();
      const wrong = 'wrong' as never;
      for (const call of [
        () => binding.querySecurityPackageInfo(1 as never),
        () => binding.acquireCredentialsHandle(undefined, 'x', wrong, undefined),
        () => binding.initializeSecurityContext(place, undefined, wrong, undefined, undefined, 1, false, []),
        () => binding.queryContextAttributes(place, wrong),
        () => binding.lookupAccountNames(wrong),
      ]) {
        // By its name: jest's realm has a TypeError of its own.
        expect(thrown(call)).toMatchObject({ name: 'TypeError' });
      }
      expect(binding.liveCounts().calls).toBe(0);
    });
  });
}

function neverRuns(): never {
  throw new Error('this function must not run');
}

function told(result: unknown): string {
  const first = (Array.isArray(result) ? result[0] : result) as { status: number } | number;
  const status = typeof first === 'number' ? first : first.status;
  return status === INVALID_HANDLE ? 'invalid handle' : `0x${status.toString(16)}`;
}
