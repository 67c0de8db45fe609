import { CONTINUE_NEEDED, INVALID_TOKEN, SEC_E_OK, newGate, orderOf, type Ends } from '../ends';
import { Attribute } from '#lib/context/attributes';
import { differences } from '../differences';
import { thrown } from '../../outcome';
import type { ContextHandle } from '#lib/binding/binding';
import type { Play, Scene, Subject } from '../subject';

const LOGON_DENIED = 0x8009030c;
const NO_IMPERSONATION = 0x8009030b;
const INCOMPLETE_MESSAGE = 0x80090318;
const COMPLETE_NEEDED = 0x00090313;
const BUFFER_TOO_SMALL = 0x80090321;
/** NTSTATUS: a status of another family. */
const STATUS_LOGON_FAILURE = 0xc000006d;
/** SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED */
const matched = 0x4;

const bytes = (text: string): Buffer => Buffer.from(text);
const next: Play = { status: CONTINUE_NEEDED, token: bytes('next') };
const done: Play = { status: SEC_E_OK };

export function sceneCases(subject: Subject, ends: Ends): void {
  if (differences.scenes.outcome[subject.kind] === 'none') {
    test('it plays no scenes', () => expect(subject.scripts).toBeUndefined());
    return;
  }
  const open = (gate: string): Promise<void> | undefined => subject.scripts?.open(gate);

  /** One leg of an initiator, with the options that these cases are about. */
  const leg = (place: ContextHandle, more: { input?: Uint8Array; room?: number; stream?: boolean } = {}) =>
    ends.binding.initializeSecurityContext(
      place,
      undefined,
      0,
      more.input,
      undefined,
      more.room ?? 12_000,
      more.stream ?? false,
      [Attribute.sizes],
    );
  const answer = (place: ContextHandle, bindingsResult?: boolean) =>
    ends.binding.acceptSecurityContext(place, 0, bytes('x'), undefined, 12_000, false, [], bindingsResult);

  describe('a leg', () => {
    test.each<[string, Buffer | undefined]>([
      ['no token', undefined],
      ['a token of no bytes', Buffer.alloc(0)],
      ['a token', bytes('token')],
    ])('comes with %s, whether it fails or not', async (_, token) => {
      for (const status of [CONTINUE_NEEDED, LOGON_DENIED, STATUS_LOGON_FAILURE]) {
        const place = await ends.staged({ legs: [{ status, token }] });
        expect(await leg(place)).toMatchObject({ status, token, attributes: [] });
      }
    });

    test('tells flags as they are, all 32 bits of them', async () => {
      const place = await ends.staged({ legs: [{ ...done, flags: 0x90000012 }] });
      expect((await leg(place)).flags).toBe(0x90000012);
    });

    test('tells what was left unread, and what is missing', async () => {
      const { packageName } = subject.scripts ?? {};
      expect(packageName).toBeDefined();
      const place = await ends.staged({
        legs: [
          { ...next, unread: 3 },
          { status: INCOMPLETE_MESSAGE, missing: 7 },
        ],
      });
      expect(await leg(place, { input: bytes('abcdef'), stream: true })).toMatchObject({ unread: 3, missing: 0 });
      expect(await leg(place, { input: bytes('abcdef'), stream: true })).toMatchObject({
        status: INCOMPLETE_MESSAGE,
        missing: 7,
      });
      expect(ends.binding.liveCounts().contexts).toBe(1);
    });

    test('that fails later leaves the context to its owner', async () => {
      const place = await ends.staged({ legs: [next, { status: INVALID_TOKEN }] });
      await leg(place);
      expect(await leg(place, { input: bytes('x') })).toMatchObject({ status: INVALID_TOKEN, expiry: undefined });
      expect(ends.binding.liveCounts().contexts).toBe(1);
    });

    test('that fails first leaves none, in whatever family its status is', async () => {
      for (const status of [LOGON_DENIED, STATUS_LOGON_FAILURE]) {
        await leg(await ends.staged({ legs: [{ status }] }));
        expect(ends.binding.liveCounts().contexts).toBe(0);
      }
    });

    test('tells how the channel bindings were found, where it is asked and something tells', async () => {
      const told = async (play: Play, asked?: boolean) =>
        (await answer(await ends.staged({ legs: [play] }), asked)).bindingsResult;
      expect(await told({ ...done, bindingsResult: matched }, true)).toBe(matched);
      expect(await told({ ...done, bindingsResult: matched }, false)).toBeUndefined();
      expect(await told({ ...done, bindingsResult: matched })).toBeUndefined();
      expect(await told(done, true)).toBeUndefined();
      expect(await told({ ...done, bindingsResult: 0 }, true)).toBeUndefined();
    });

    test(`with less room than its token: ${differences.room.outcome[subject.kind]}`, async () => {
      const place = await ends.staged({ legs: [{ ...next, token: Buffer.alloc(100) }] });
      const { status } = await leg(place, { room: 50 });
      expect(status).toBe(differences.room.outcome[subject.kind] === 'returned' ? CONTINUE_NEEDED : BUFFER_TOO_SMALL);
    });
  });

  describe('CompleteAuthToken', () => {
    const completing = (completion: Play['completion']): Scene => ({
      legs: [{ status: COMPLETE_NEEDED, token: bytes('incomplete'), ...(completion && { completion }) }],
    });

    test('gives the token as it made it, and the attributes', async () => {
      const place = await ends.staged(completing({ status: SEC_E_OK, token: bytes('complete') }));
      await leg(place);
      const token = bytes('incomplete');
      const completion = ends.binding.completeAuthToken(place, token, [Attribute.sizes]);
      token.fill(0);
      expect(await completion).toMatchObject({ status: 0, token: bytes('complete'), attributes: [{ status: 0 }] });
      // The caller's own memory is left alone.
      expect(token).toEqual(Buffer.alloc(token.length));
    });

    test('leaves the token where it has nothing to add', async () => {
      const place = await ends.staged(completing(undefined));
      await leg(place);
      expect(await ends.binding.completeAuthToken(place, bytes('incomplete'), [])).toEqual({
        status: 0,
        token: bytes('incomplete'),
        attributes: [],
      });
    });

    test('that fails answers no attributes', async () => {
      const place = await ends.staged(completing({ status: INVALID_TOKEN }));
      await leg(place);
      expect(await ends.binding.completeAuthToken(place, bytes('incomplete'), [Attribute.sizes])).toMatchObject({
        status: INVALID_TOKEN,
        attributes: [],
      });
    });
  });

  test('credentials that are refused are a status without a handle', async () => {
    expect(await ends.acquire({ acquire: { status: LOGON_DENIED } })).toEqual({
      status: LOGON_DENIED,
      handle: undefined,
      expiry: undefined,
    });
    expect(ends.binding.liveCounts().credentials).toBe(0);
  });

  test('impersonation that is refused does not run the function', async () => {
    const { binding } = ends;
    const place = await ends.staged({ legs: [done], impersonation: NO_IMPERSONATION });
    await answer(place);
    const fn = jest.fn();
    expect(binding.impersonate(place, fn)).toEqual({ status: NO_IMPERSONATION, result: undefined });
    expect(fn).not.toHaveBeenCalled();
    expect(
      await binding.acquireCredentialsHandleForClient(place, 2, undefined, subject.packageName, 3, undefined),
    ).toEqual({ status: NO_IMPERSONATION, handle: undefined, expiry: undefined });
  });

  describe('while a call runs', () => {
    /** A context whose second leg runs until the gate is opened. */
    async function held() {
      const gate = newGate();
      const credential = await ends.credential({ legs: [next, { ...next, gate }, done] });
      const place = await ends.place(credential);
      await leg(place);
      return { place, credential, running: leg(place, { input: bytes('x') }), open: () => open(gate) };
    }

    test('it is counted, and so are those that wait for it', async () => {
      const { binding } = ends;
      const { place, running, open: release } = await held();
      expect(binding.liveCounts()).toMatchObject({ contexts: 1, calls: 1 });
      const waiting = {
        query: binding.queryContextAttributes(place, [0]),
        deletion: binding.deleteSecurityContext(place),
      };
      expect(binding.liveCounts()).toMatchObject({ contexts: 1, calls: 3 });
      const order = orderOf({ running, ...waiting });
      await release();
      expect(await order).toEqual(['running', 'query', 'deletion']);
      expect(binding.liveCounts()).toMatchObject({ contexts: 0, calls: 0 });
    });

    test('it alone is at work for its context', async () => {
      const { binding } = ends;
      const { place, running, open: release } = await held();
      const waiting = binding.queryContextAttributes(place, [0]);
      const end = performance.now() + 3000;
      while (binding.threadUse().atWork !== 1 && performance.now() < end) await new Promise(setImmediate);
      const { atWork, most, waiting: withoutThread } = binding.threadUse();
      expect({ atWork, withoutThread }).toEqual({ atWork: 1, withoutThread: 0 });
      expect(Number.isFinite(most)).toBe(differences.threads.outcome[subject.kind] === 'bounded');
      await release();
      await Promise.all([running, waiting]);
    });

    test('synchronous calls on its context are refused, and another credential is, too', async () => {
      const { binding } = ends;
      const { place, credential, running, open: release } = await held();
      const memory = new Uint8Array(4);
      const layout = Uint32Array.of(1, 0, 4, 0);
      for (const call of [
        () => binding.queryContextAttributesSync(place, [0]),
        () => binding.encryptMessage(place, memory, layout, 0, 0),
        () => binding.decryptMessage(place, memory, layout, 0),
        () => binding.makeSignature(place, memory, layout, 0, 0),
        () => binding.verifySignature(place, memory, layout, 0),
        () => binding.impersonate(place, () => 1),
        () => binding.useCredential(place, credential),
      ]) {
        expect(thrown(call)).toMatchObject({ code: 'ERR_SSPI_BUSY' });
      }
      await release();
      expect((await running).status).toBe(CONTINUE_NEEDED);
    });

    test('other contexts of its credential go on', async () => {
      const { credential, running, open: release } = await held();
      expect((await leg(await ends.place(credential))).status).toBe(CONTINUE_NEEDED);
      await release();
      await running;
    });

    test('what is dropped is freed after it has returned', async () => {
      const { binding } = ends;
      const { place, credential, running, open: release } = await held();
      binding.dropContext(place);
      binding.dropCredential(credential);
      expect(binding.liveCounts()).toMatchObject({ contexts: 1, credentials: 1 });
      await release();
      expect((await running).status).toBe(CONTINUE_NEEDED);
      const nothing = { contexts: 0, credentials: 0, calls: 0 };
      expect(await ends.countsThatBecome(nothing)).toMatchObject(nothing);
    });

    test(`a leg that overlaps it: ${differences.overlappingLegs.outcome[subject.kind]}`, async () => {
      const { place, running, open: release } = await held();
      if (differences.overlappingLegs.outcome[subject.kind] === 'violation') {
        expect(() => leg(place, { input: bytes('y') })).toThrow(/while a call runs/);
        await release();
      } else {
        const overlapping = leg(place, { input: bytes('y') });
        expect(ends.binding.liveCounts().calls).toBe(2);
        const order = orderOf({ running, overlapping });
        await release();
        expect(await order).toEqual(['running', 'overlapping']);
      }
      expect((await running).status).toBe(CONTINUE_NEEDED);
    });

    test('that acquires credentials, it is counted, and its credential when it has returned', async () => {
      const { binding } = ends;
      const gate = newGate();
      const acquiring = ends.acquire({ acquire: { gate } });
      expect(binding.liveCounts()).toMatchObject({ credentials: 0, calls: 1 });
      await open(gate);
      expect((await acquiring).status).toBe(0);
      expect(binding.liveCounts()).toMatchObject({ credentials: 1, calls: 0 });
    });
  });
}
