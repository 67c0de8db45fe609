/** Every way in which a leg can end, as the internal observer of a handshake sees it. */
import { accept, initiate, type AcceptOptions, type Handshake, type InitiateOptions } from 'sspi';
import {
  COMPLETE_NEEDED,
  CONTINUE,
  INCOMPLETE_CREDENTIALS,
  INCOMPLETE_MESSAGE,
  INVALID_TOKEN,
  LOGON_DENIED,
  SEC_E_OK,
  bytes,
  credentialsFor,
  drain,
  expectClean,
  gate,
  rejection,
  script,
  settled,
  silence,
} from './support';
import { observeLegs } from '#lib/handshake/handshake';
import type { EndedLeg } from '#lib/events/observer';

afterEach(expectClean);

interface Subject extends AsyncDisposable {
  readonly handshake: Handshake;
  readonly legs: readonly EndedLeg[];
}

function observed(handshake: Handshake): Subject {
  const legs: EndedLeg[] = [];
  observeLegs(handshake, (leg) => void legs.push(leg));
  return { handshake, legs, [Symbol.asyncDispose]: () => handshake.dispose() };
}

async function client(options: InitiateOptions = {}, packageName?: string): Promise<Subject> {
  await using credentials = await credentialsFor(packageName);
  return observed(initiate(credentials, options));
}

async function server(options: AcceptOptions = {}, packageName?: string): Promise<Subject> {
  await using credentials = await credentialsFor(packageName);
  return observed(accept(credentials, options));
}

const init = 'InitializeSecurityContext';
const acceptCall = 'AcceptSecurityContext';

describe('a leg that ends well', () => {
  test('done, after one that asks the peer: role, call, status, tokens, durations', async () => {
    script({
      initiator: [
        { status: CONTINUE, token: bytes('1') },
        { status: SEC_E_OK, token: bytes('3'), expiry: 5_000 },
      ],
    });
    await using subject = await client({ target: 'HTTP/web.corp.test' });
    const { handshake, legs } = subject;
    await handshake.step();
    await handshake.step(bytes('22'));
    expect(legs).toHaveLength(2);
    expect(legs[0]).toMatchObject({
      handshake: { role: 'initiator', package: 'Negotiate', target: 'HTTP/web.corp.test', account: undefined },
      index: 0,
      begun: true,
      outcome: 'continue',
      call: init,
      status: CONTINUE,
      received: undefined,
      sent: bytes('1'),
    });
    expect(legs[1]).toMatchObject({
      index: 1,
      begun: true,
      outcome: 'established',
      call: init,
      status: SEC_E_OK,
      received: bytes('22'),
      sent: bytes('3'),
      evidence: { negotiated: 'Negotiate', legs: [{ sent: bytes('1') }, { received: bytes('22'), sent: bytes('3') }] },
      expiry: 5_000,
    });
    expect(legs[1]?.handshake).toBe(legs[0]?.handshake);
    for (const { duration, total } of legs) {
      expect(duration).toBeGreaterThanOrEqual(0);
      expect(total).toBeGreaterThanOrEqual(duration as number);
    }
  });

  test('ask-more: the bytes that were kept count as received again with the rest', async () => {
    script({ acceptor: [{ status: INCOMPLETE_MESSAGE }, { status: SEC_E_OK, token: bytes('fin') }] });
    await using subject = await server({}, 'Schannel');
    const { handshake, legs } = subject;
    await handshake.step(bytes('Client'));
    await handshake.step(bytes('Hello'));
    expect(legs).toMatchObject([
      {
        outcome: 'incomplete',
        call: acceptCall,
        status: INCOMPLETE_MESSAGE,
        received: bytes('Client'),
        sent: undefined,
      },
      { outcome: 'established', received: bytes('ClientHello'), sent: bytes('fin') },
    ]);
  });

  test('with several calls: once, with everything received and the joined output', async () => {
    const binding = script({
      acceptor: [
        { status: CONTINUE, token: bytes('a'), unread: 2 },
        { status: CONTINUE, token: bytes('b') },
      ],
    });
    await using subject = await server({}, 'Schannel');
    const { handshake, legs } = subject;
    await handshake.step(bytes('1234'));
    expect(binding.callsOf(acceptCall)).toHaveLength(2);
    expect(legs).toMatchObject([{ outcome: 'continue', received: bytes('1234'), sent: bytes('ab') }]);
  });

  test('with CompleteAuthToken: the status is still that of the leg’s own call', async () => {
    script({ acceptor: [{ status: COMPLETE_NEEDED, token: bytes('raw') }], complete: [{ token: bytes('completed') }] });
    await using subject = await server();
    const { handshake, legs } = subject;
    await handshake.step(bytes('x'));
    expect(legs).toMatchObject([
      { outcome: 'established', call: acceptCall, status: COMPLETE_NEEDED, sent: bytes('completed') },
    ]);
  });

  test('is seen before whoever waits goes on', async () => {
    script({ initiator: [{ status: CONTINUE, token: bytes('1') }] });
    await using subject = await client();
    const { handshake, legs } = subject;
    const seen = handshake.step().then(() => legs.length);
    expect(await seen).toBe(1);
  });
});

describe('a leg that fails', () => {
  test('with a token for the peer, by hand', async () => {
    script({ acceptor: [{ status: LOGON_DENIED, token: bytes('why') }] });
    await using subject = await server();
    const { handshake, legs } = subject;
    const error = await rejection(handshake.step(bytes('x')));
    expect(legs).toMatchObject([
      {
        begun: true,
        outcome: 'failed',
        call: acceptCall,
        status: LOGON_DENIED,
        received: bytes('x'),
        sent: bytes('why'),
      },
    ]);
    expect(legs[0]?.error).toBe(error);
  });

  test('with a token for the peer, by iteration: once', async () => {
    script({ acceptor: [{ status: LOGON_DENIED, token: bytes('why') }] });
    await using subject = await server();
    const { handshake, legs } = subject;
    const { error } = await drain(handshake.legs([bytes('x')]));
    expect(legs).toMatchObject([{ outcome: 'failed', status: LOGON_DENIED, sent: bytes('why') }]);
    expect(legs[0]?.error).toBe(error);
  });

  test('without a token', async () => {
    script({ initiator: [{ status: INVALID_TOKEN }] });
    await using subject = await client();
    const { handshake, legs } = subject;
    await rejection(handshake.step());
    expect(legs).toMatchObject([{ outcome: 'failed', call: init, status: INVALID_TOKEN, sent: undefined }]);
  });

  test('in CompleteAuthToken, which is the call then, and its token is not for the peer', async () => {
    script({ acceptor: [{ status: COMPLETE_NEEDED, token: bytes('raw') }], complete: [{ status: INVALID_TOKEN }] });
    await using subject = await server();
    const { handshake, legs } = subject;
    await rejection(handshake.step(bytes('x')));
    expect(legs).toMatchObject([
      { outcome: 'failed', call: 'CompleteAuthToken', status: INVALID_TOKEN, sent: undefined },
    ]);
  });

  test('by a requirement that is not met: with the last token, and no status, for SSPI had succeeded', async () => {
    script({ initiator: [{ status: SEC_E_OK, token: bytes('1'), flags: 0 }] });
    await using subject = await client({ require: { flags: ['mutualAuth'] } });
    const { handshake, legs } = subject;
    await rejection(handshake.step());
    expect(legs).toMatchObject([
      {
        begun: true,
        outcome: 'failed',
        status: undefined,
        sent: bytes('1'),
        error: { code: 'ERR_SSPI_REQUIREMENT_NOT_MET' },
      },
    ]);
  });

  test('by a token that SSPI is not shown', async () => {
    const binding = script({});
    await using subject = await server({ require: { packages: ['Kerberos'] } });
    const { handshake, legs } = subject;
    await rejection(handshake.step(bytes('NTLMSSP\0\x01')));
    expect(binding.callsOf(acceptCall)).toHaveLength(0);
    expect(legs).toMatchObject([
      { begun: true, outcome: 'failed', status: undefined, received: bytes('NTLMSSP\0\x01') },
    ]);
  });

  test('by a fault of the binding', async () => {
    script({ initiator: [{ fault: new Error('out of threads') }] });
    await using subject = await client();
    const { handshake, legs } = subject;
    await rejection(handshake.step());
    expect(legs).toMatchObject([
      { begun: true, outcome: 'failed', status: undefined, error: { code: 'ERR_SSPI_INTERNAL' } },
    ]);
  });

  test('by what onIncompleteCredentials throws', async () => {
    script({ initiator: [{ status: INCOMPLETE_CREDENTIALS }] });
    const reason = new Error('no smart card');
    const onIncompleteCredentials = (): never => {
      throw reason;
    };
    await using subject = await client({ onIncompleteCredentials }, 'Schannel');
    const { handshake, legs } = subject;
    await rejection(handshake.step());
    expect(legs).toMatchObject([{ begun: true, outcome: 'failed', status: undefined }]);
    expect(legs[0]?.error).toBe(reason);
  });

  test.each(['aborted', 'disposed'] as const)('because it is %s during the call', async (how) => {
    const { promise, open } = gate();
    script({ initiator: [{ status: CONTINUE, token: bytes('late'), until: promise }] });
    const controller = new AbortController();
    const { handshake, legs } = await client({ signal: controller.signal });
    const pending = rejection(handshake.step());
    await settled();
    if (how === 'aborted') controller.abort();
    else handshake[Symbol.dispose]();
    const code = `ERR_SSPI_${how.toUpperCase()}`;
    expect(legs).toMatchObject([
      { begun: true, outcome: 'failed', status: undefined, sent: undefined, error: { code } },
    ]);
    open();
    await pending;
    await settled();
    expect(legs).toHaveLength(1);
    await handshake.dispose();
  });
});

describe('a handshake that fails between two legs', () => {
  const oneLeg = { initiator: [{ status: CONTINUE, token: bytes('1') }] };

  test.each([
    ['the peer takes too long, by hand', 'ERR_SSPI_PEER_TIMEOUT'],
    ['the signal aborts', 'ERR_SSPI_ABORTED'],
    ['it is disposed', 'ERR_SSPI_DISPOSED'],
  ])('because %s', async (_, code) => {
    script(oneLeg);
    const controller = new AbortController();
    const { handshake, legs } = await client({ signal: controller.signal, peerTimeout: 5 });
    await handshake.step();
    if (code === 'ERR_SSPI_ABORTED') controller.abort();
    else if (code === 'ERR_SSPI_DISPOSED') await handshake.dispose();
    else await new Promise((resolve) => setTimeout(resolve, 30));
    expect(legs).toMatchObject([
      { begun: true, outcome: 'continue' },
      {
        begun: false,
        index: 1,
        outcome: 'failed',
        status: undefined,
        received: undefined,
        duration: undefined,
        error: { code },
      },
    ]);
    await handshake.dispose();
    expect(legs).toHaveLength(2);
  });

  test.each([
    ['takes too long', silence, 'ERR_SSPI_PEER_TIMEOUT'],
    ['ends', [], 'ERR_SSPI_PEER_ENDED'],
  ])('because the peer of an iteration %s', async (_, incoming, code) => {
    script({ acceptor: [] });
    await using subject = await server({ peerTimeout: 5 });
    const { handshake, legs } = subject;
    await drain(handshake.legs(incoming));
    expect(legs).toMatchObject([{ begun: false, index: 0, outcome: 'failed', error: { code } }]);
  });

  test('because the iteration is left early', async () => {
    script(oneLeg);
    await using subject = await client();
    const { handshake, legs } = subject;
    for await (const leg of handshake.legs([])) if (leg.expectsReply) break;
    expect(legs).toMatchObject([
      { outcome: 'continue' },
      { begun: false, outcome: 'failed', error: { code: 'ERR_SSPI_DISPOSED' } },
    ]);
  });
});

describe('there is nothing to see', () => {
  test('of a handshake that was never used', async () => {
    script({});
    const { handshake, legs } = await client();
    await handshake.dispose();
    expect(legs).toEqual([]);
  });

  test('of a refused argument, which ends no leg', async () => {
    script({ initiator: [{ status: CONTINUE, token: bytes('1') }] });
    await using subject = await client();
    const { handshake, legs } = subject;
    await handshake.step();
    await rejection(handshake.step());
    await rejection(handshake.step('text' as never));
    expect(legs).toHaveLength(1);
  });
});

test('what an observer throws changes nothing, and is an uncaught exception', async () => {
  script({ initiator: [{ status: CONTINUE, token: bytes('1') }, { status: SEC_E_OK }] });
  await using credentials = await credentialsFor();
  await using handshake = initiate(credentials);
  const fault = new Error('of the observer');
  observeLegs(handshake, () => {
    throw fault;
  });
  const later: unknown[] = [];
  const nextTick = jest.spyOn(process, 'nextTick').mockImplementation((work: unknown) => void later.push(work));
  try {
    expect(await handshake.step()).toMatchObject({ token: bytes('1') });
    expect(await handshake.step(bytes('a'))).toMatchObject({ expectsReply: false });
  } finally {
    nextTick.mockRestore();
  }
  expect(handshake.established).toBe(true);
  expect(later).toHaveLength(2);
  for (const work of later) expect(work).toThrow(fault);
});
