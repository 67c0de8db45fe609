import { scriptedProvider, type ScriptedProvider } from '#lib/testing/scripted-provider';
import type { ContextHandle, CredentialHandle } from '#lib/binding/binding';
import { CONTINUE, INVALID_TOKEN, SEC_E_OK, bytes, gate, rejection, thrown } from './support';

/** What proves the loop right must itself be able to find it wrong. */

async function credential(binding: ScriptedProvider): Promise<CredentialHandle> {
  return (await binding.acquireCredentialsHandle(undefined, 'NTLM', 3, undefined)).handle as CredentialHandle;
}

const call = (binding: ScriptedProvider, place: ContextHandle, input?: Buffer) =>
  binding.initializeSecurityContext(place, undefined, 0, input, undefined, 100, false, [0]);

describe('breaches of the contract are thrown and kept', () => {
  test('calls on one context that overlap', async () => {
    const { promise, open } = gate();
    const binding = scriptedProvider({ initiator: [{ status: CONTINUE, until: promise }, { status: SEC_E_OK }] });
    const place = binding.createContext(await credential(binding));
    const first = call(binding, place);
    expect(thrown(() => call(binding, place)).message).toContain('while a call runs');
    open();
    await first;
    expect(thrown(() => binding.assertClean()).message).toContain('while a call runs');
  });

  test('use of a deleted context and of a freed credential', async () => {
    const binding = scriptedProvider({ initiator: [{ status: SEC_E_OK }] });
    const handle = await credential(binding);
    const place = binding.createContext(handle);
    await binding.deleteSecurityContext(place);
    await binding.freeCredentialsHandle(handle);
    thrown(() => call(binding, place));
    thrown(() => binding.encryptMessage(place, new Uint8Array(1), new Uint32Array(7), 0, 0));
    thrown(() => binding.createContext(handle));
    thrown(() => binding.useCredential(place, handle));
    await rejection(binding.queryCredentialsAttribute(handle, 1));
    expect(binding.violations).toHaveLength(5);
  });

  test('calls beyond the script, and without a context', async () => {
    const binding = scriptedProvider({ initiator: [{ status: INVALID_TOKEN }] });
    const handle = await credential(binding);
    const place = binding.createContext(handle);
    await call(binding, place);
    thrown(() => binding.completeAuthToken(place, undefined, []));
    thrown(() => binding.queryContextAttributesSync(place, [0]));
    thrown(() => call(binding, place));
    expect(binding.violations).toHaveLength(3);
  });

  test('handles of another binding', async () => {
    const [one, two] = [scriptedProvider(), scriptedProvider()];
    const handle = await credential(one);
    thrown(() => two.createContext(handle));
    thrown(() => two.deleteSecurityContext(one.createContext(handle)));
    expect(two.violations).toHaveLength(2);
  });
});

describe('what is alive is counted', () => {
  test('a context from its first call that does not fail to its deletion, a credential to its last hold', async () => {
    const { promise, open } = gate();
    const binding = scriptedProvider({
      initiator: ({ index }) => ({ status: index === 0 ? INVALID_TOKEN : CONTINUE, until: promise }),
    });
    const handle = await credential(binding);
    const place = binding.createContext(handle);
    expect(binding.liveCounts()).toEqual({ credentials: 1, contexts: 0, buffers: 0, calls: 0 });
    const first = call(binding, place);
    expect(binding.liveCounts().calls).toBe(1);
    open();
    await first;
    expect(binding.liveCounts().contexts).toBe(0);
    await call(binding, place);
    expect(binding.liveCounts().contexts).toBe(1);
    await binding.freeCredentialsHandle(handle);
    await binding.freeCredentialsHandle(handle);
    expect(binding.liveCounts().credentials).toBe(1);
    expect(thrown(() => binding.assertClean()).message).toContain('Still alive');
    await binding.deleteSecurityContext(place);
    await binding.deleteSecurityContext(place);
    binding.assertClean();
  });

  test('a deletion during a call waits for it', async () => {
    const { promise, open } = gate();
    const binding = scriptedProvider({ initiator: [{ status: CONTINUE, until: promise }] });
    const place = binding.createContext(await credential(binding));
    const running = call(binding, place);
    let freed = false;
    const deletion = binding.deleteSecurityContext(place).then(() => (freed = true));
    await Promise.resolve();
    expect(freed).toBe(false);
    open();
    await running;
    await deletion;
    expect(binding.liveCounts().contexts).toBe(0);
  });
});

test('every call is recorded with copies of its arguments', async () => {
  const binding = scriptedProvider({ initiator: [{ status: SEC_E_OK, token: bytes('out') }] });
  const place = binding.createContext(await credential(binding));
  const input = bytes('in');
  const leg = await call(binding, place, input);
  input.fill(0);
  expect(leg).toMatchObject({ token: bytes('out'), attributes: [{ status: 0 }] });
  expect(binding.callsOf('InitializeSecurityContext')).toMatchObject([
    { context: 1, index: 0, credential: 1, input: bytes('in') },
  ]);
  await binding.deleteSecurityContext(place);
});
