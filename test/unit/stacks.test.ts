import { accept, acquireCredentials, initiate, type AcquireCredentialsOptions, type Handshake } from 'sspi';
import {
  CONTINUE,
  INVALID_TOKEN,
  LOGON_DENIED,
  bytes,
  credentialsFor,
  expectClean,
  gate,
  script,
  settled,
  silence,
} from './support';

afterEach(expectClean);

/** The stack of what `work` rejects with. */
async function stackOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return String((error as Error).stack);
  }
  throw new Error('It was expected to reject, and did not');
}

async function signOnOfTheApplication(handshake: Handshake, token?: Buffer): Promise<void> {
  await handshake.step(token);
}

async function loopOfTheApplication(handshake: Handshake, incoming: AsyncIterable<Buffer> | Buffer[]): Promise<void> {
  for await (const leg of handshake.legs(incoming)) expect(leg.token).toBeDefined();
}

async function acquisitionOfTheApplication(options: Partial<AcquireCredentialsOptions> = {}): Promise<void> {
  await acquireCredentials({ package: 'Negotiate', use: 'outbound', ...options });
}

describe('an error has whoever waited for it in its stack', () => {
  test('step(): a status', async () => {
    script({ initiator: [{ status: LOGON_DENIED }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const stack = await stackOf(() => signOnOfTheApplication(client));
    expect(stack).toContain('signOnOfTheApplication');
    expect(stack).toMatch(/^SspiError: InitializeSecurityContext failed on leg 0: SEC_E_LOGON_DENIED/);
  });

  test('step(): a refusal', async () => {
    script({});
    await using credentials = await credentialsFor();
    await using server = accept(credentials);
    expect(await stackOf(() => signOnOfTheApplication(server))).toContain('signOnOfTheApplication');
    expect(await stackOf(() => signOnOfTheApplication(server, Buffer.alloc(0)))).toContain('signOnOfTheApplication');
  });

  test('step(): a requirement that is not met', async () => {
    script({ initiator: [{ flags: 0 }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { require: { flags: ['mutualAuth'] } });
    expect(await stackOf(() => signOnOfTheApplication(client))).toContain('signOnOfTheApplication');
  });

  test('step(): the native binding failed', async () => {
    script({ initiator: [{ fault: new Error('out of threads') }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    expect(await stackOf(() => signOnOfTheApplication(client))).toContain('signOnOfTheApplication');
  });

  test.each(['an abort', 'a disposal'])('step(): %s meanwhile', async (end) => {
    const { promise, open } = gate();
    script({ initiator: [{ status: CONTINUE, until: promise }] });
    await using credentials = await credentialsFor();
    const controller = new AbortController();
    await using client = initiate(credentials, { signal: controller.signal });
    const pending = stackOf(() => signOnOfTheApplication(client));
    setImmediate(() => (end === 'an abort' ? controller.abort() : client[Symbol.dispose]()));
    expect(await pending).toContain('signOnOfTheApplication');
    open();
    await settled();
  });

  test('step(): an abort between two legs is told by the next', async () => {
    script({ initiator: [{ status: CONTINUE, token: bytes('1') }] });
    await using credentials = await credentialsFor();
    const controller = new AbortController();
    await using client = initiate(credentials, { signal: controller.signal });
    await client.step();
    controller.abort();
    const stack = await stackOf(() => signOnOfTheApplication(client, bytes('a')));
    expect(stack).toMatch(/^AbortError: /);
    expect(stack).toContain('signOnOfTheApplication');
  });

  test('legs(): a status, on the first leg and after waiting for the peer', async () => {
    script({
      initiator: ({ context, index }) => ({ status: context === 1 || index === 1 ? INVALID_TOKEN : CONTINUE }),
    });
    await using credentials = await credentialsFor();
    await using first = initiate(credentials);
    expect(await stackOf(() => loopOfTheApplication(first, []))).toContain('loopOfTheApplication');
    await using second = initiate(credentials);
    const later = async function* () {
      await settled();
      yield bytes('a');
    };
    expect(await stackOf(() => loopOfTheApplication(second, later()))).toContain('loopOfTheApplication');
  });

  test('legs(): the peer ended, took too long, or the signal was aborted', async () => {
    script({ initiator: () => ({ status: CONTINUE, token: bytes('1') }) });
    await using credentials = await credentialsFor();
    await using left = initiate(credentials);
    expect(await stackOf(() => loopOfTheApplication(left, []))).toContain('loopOfTheApplication');
    await using late = initiate(credentials, { peerTimeout: 5 });
    const referenced = setTimeout(() => undefined, 1000); // peerTimeout's own timer keeps no process alive
    expect(await stackOf(() => loopOfTheApplication(late, silence))).toContain('loopOfTheApplication');
    clearTimeout(referenced);
    const controller = new AbortController();
    await using aborted = initiate(credentials, { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await stackOf(() => loopOfTheApplication(aborted, silence))).toContain('loopOfTheApplication');
  });

  test.each([
    ['without a signal', undefined],
    ['with a signal', new AbortController().signal],
  ])('acquireCredentials(), %s: a status, an unknown package', async (_, signal) => {
    script({ credential: { status: 'SEC_E_NO_CREDENTIALS' } });
    const refused = await stackOf(() => acquisitionOfTheApplication({ signal }));
    expect(refused).toMatch(/SEC_E_NO_CREDENTIALS/);
    expect(refused).toContain('acquisitionOfTheApplication');
    const unknown = await stackOf(() => acquisitionOfTheApplication({ package: 'Nonesuch', signal }));
    expect(unknown).toMatch(/SEC_E_SECPKG_NOT_FOUND/);
    expect(unknown).toContain('acquisitionOfTheApplication');
  });

  test('acquireCredentials(): an abort', async () => {
    const { promise, open } = gate();
    script({ credential: { until: promise } });
    const controller = new AbortController();
    const pending = stackOf(() => acquisitionOfTheApplication({ signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect(await pending).toContain('acquisitionOfTheApplication');
    open();
    await settled();
  });
});

test('what the caller’s own code throws keeps its stack', async () => {
  script({ initiator: () => ({ status: CONTINUE, token: bytes('1') }) });
  await using credentials = await credentialsFor();
  await using inner = initiate(credentials);
  const own = new Error('the socket broke');
  const { stack } = own;
  const broken = async function* (): AsyncGenerator<Buffer, void, void> {
    yield bytes('a');
    await settled();
    throw own;
  };
  await stackOf(() => loopOfTheApplication(inner, broken()));
  expect(own.stack).toBe(stack);
});
