/** What the package publishes with node:diagnostics_channel: docs/events.md is the contract. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { accept, acquireCredentials, initiate, type NtlmChosen, type SspiEvents } from 'sspi';
import {
  CONTINUE,
  INCOMPLETE_CREDENTIALS,
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
import {
  avEol,
  avPair,
  field,
  flags as ntlmFlags,
  message,
  none,
  ntlmV2Response,
  u32,
  utf16,
  version,
} from './inspect/support/ntlm';
import { hex, mitKrb5, samba } from './inspect/support/data';

type Name = keyof SspiEvents;
type Published = { [Each in Name]: readonly [Each, SspiEvents[Each]] }[Name];

const all: readonly Name[] = [
  'sspi:credential:acquired',
  'sspi:leg:finished',
  'sspi:handshake:established',
  'sspi:handshake:failed',
  'sspi:handshake:disposed',
  'sspi:ntlm:chosen',
];

const unsubscribers: (() => void)[] = [];

function unsubscribeAll(): void {
  for (const each of unsubscribers.splice(0)) each();
}

afterEach(async () => {
  unsubscribeAll();
  await expectClean();
});

/** Everything that is published from now on to the end of the test. */
function published(...names: readonly Name[]): Published[] {
  const events: Published[] = [];
  for (const name of names.length === 0 ? all : names) {
    const handle = (event: unknown): void => void events.push([name, event] as Published);
    subscribe(name, handle);
    unsubscribers.push(() => unsubscribe(name, handle));
  }
  return events;
}

const namesOf = (events: readonly Published[]): Name[] => events.map(([name]) => name);

/** The messages on one channel. */
function on<Each extends Name>(events: readonly Published[], name: Each): SspiEvents[Each][] {
  return events.flatMap(([each, event]) => (each === name ? [event as SspiEvents[Each]] : []));
}

const twoLegs = {
  initiator: [
    { status: CONTINUE, token: bytes('first') },
    { status: SEC_E_OK, token: bytes('last'), flags: 0x2, expiry: 1_800_000_000_000 },
  ],
};
const duration = expect.any(Number) as number;

describe('a credential that is acquired', () => {
  test('is published with its package, use and account, and no password', async () => {
    script({ credential: { expiry: 1_800_000_000_000 } });
    const events = published('sspi:credential:acquired');
    const identity = { user: 'alice', domain: 'CORP', password: 'P4ssw0rd' };
    await using _credentials = await acquireCredentials({ package: 'negotiate', use: 'outbound', identity });
    const expiry = new Date(1_800_000_000_000);
    const acquired = {
      package: 'Negotiate',
      use: 'outbound',
      account: 'CORP\\alice',
      onBehalfOf: false,
      expiry,
      duration,
    };
    expect(events).toEqual([['sspi:credential:acquired', acquired]]);
    expect(_credentials.package).toBe('Negotiate');
  });

  test('is not when it fails', async () => {
    script({ credential: { status: LOGON_DENIED } });
    const events = published();
    await rejection(acquireCredentials({ package: 'NTLM', use: 'inbound' }));
    expect(events).toEqual([]);
  });
});

describe('a handshake that ends well', () => {
  test('publishes its legs, its end and its disposal', async () => {
    script(twoLegs);
    await using credentials = await credentialsFor('Kerberos');
    const events = published();
    const client = initiate(credentials, { target: 'HTTP/web.corp.test', flags: ['mutualAuth'] });
    await client.step();
    await client.step(bytes('answer'));
    await client.dispose();
    await client.context.dispose();
    const handshake = {
      id: expect.any(Number) as number,
      role: 'initiator',
      package: 'Kerberos',
      target: 'HTTP/web.corp.test',
    };
    const leg = { handshake, call: 'InitializeSecurityContext', duration };
    expect(events).toEqual([
      [
        'sspi:leg:finished',
        {
          ...leg,
          index: 0,
          outcome: 'continue',
          code: 'SEC_I_CONTINUE_NEEDED',
          status: CONTINUE,
          received: undefined,
          sent: 5,
        },
      ],
      [
        'sspi:leg:finished',
        { ...leg, index: 1, outcome: 'established', code: 'SEC_E_OK', status: 0, received: 6, sent: 4 },
      ],
      [
        'sspi:handshake:established',
        {
          handshake,
          package: 'Kerberos',
          flags: ['mutualAuth'],
          clientName: undefined,
          expiry: new Date(1_800_000_000_000),
          legs: 2,
          duration,
        },
      ],
      ['sspi:handshake:disposed', { handshake, established: true, lifetime: duration }],
    ]);
    expect(new Set(events.map(([, event]) => 'handshake' in event && event.handshake)).size).toBe(1);
  });

  test('names the client to an acceptor, and is told apart from others', async () => {
    script({ acceptor: () => ({ status: SEC_E_OK }), clientName: 'CORP\\alice' });
    await using credentials = await credentialsFor('Kerberos');
    const events = published('sspi:handshake:established');
    await using first = accept(credentials);
    await using second = accept(credentials);
    await drain(first.legs([bytes('x')]));
    await drain(second.legs([bytes('x')]));
    const [a, b] = on(events, 'sspi:handshake:established');
    expect([a?.clientName, b?.clientName]).toEqual(['CORP\\alice', 'CORP\\alice']);
    expect(b?.handshake.id).toBe((a?.handshake.id ?? NaN) + 1);
  });

  test('is frozen, for all subscribers see the same', async () => {
    script(twoLegs);
    const events = published();
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    await drain(client.legs([bytes('answer')]));
    expect(events.length).toBeGreaterThan(3);
    for (const [, event] of events) {
      expect(Object.isFrozen(event)).toBe(true);
      if ('handshake' in event) expect(Object.isFrozen(event.handshake)).toBe(true);
    }
  });
});

describe('a handshake that fails', () => {
  test('publishes the leg, then the failure with its cause', async () => {
    script({ initiator: [{ status: 0x80090303, token: bytes('why') }] });
    await using credentials = await credentialsFor('Kerberos');
    const events = published();
    await using client = initiate(credentials, { target: 'HTTP/unknown.corp.test' });
    const error = await rejection(client.step());
    const cause = error.explain().causes[0];
    expect(cause?.cause).toBe('spn-unknown');
    expect(events).toMatchObject([
      ['sspi:leg:finished', { outcome: 'failed', code: 'SEC_E_TARGET_UNKNOWN', status: 0x80090303, sent: 3, duration }],
      [
        'sspi:handshake:failed',
        {
          handshake: { target: 'HTTP/unknown.corp.test' },
          code: 'SEC_E_TARGET_UNKNOWN',
          status: 0x80090303,
          call: 'InitializeSecurityContext',
          leg: 0,
          cause: 'spn-unknown',
          likelihood: cause?.likelihood,
          summary: cause?.summary,
          duration,
        },
      ],
    ]);
  });

  test('between two legs publishes no leg: a peer that stays silent', async () => {
    script({ acceptor: [] });
    await using credentials = await credentialsFor();
    const events = published();
    await using server = accept(credentials, { peerTimeout: 5 });
    await drain(server.legs(silence));
    expect(events).toMatchObject([
      [
        'sspi:handshake:failed',
        { code: 'ERR_SSPI_PEER_TIMEOUT', status: undefined, call: undefined, leg: 0, duration: undefined },
      ],
    ]);
  });

  test('by an error that is not this package’s shows none of it', async () => {
    script({ initiator: [{ status: INCOMPLETE_CREDENTIALS }] });
    await using credentials = await credentialsFor('Schannel');
    const events = published();
    const onIncompleteCredentials = (): never => {
      throw Object.assign(new Error('PIN 1234 is wrong'), { code: 'PIN-1234' });
    };
    await using client = initiate(credentials, { onIncompleteCredentials });
    await rejection(client.step());
    expect(namesOf(events)).toEqual(['sspi:leg:finished', 'sspi:handshake:failed']);
    expect(on(events, 'sspi:handshake:failed')).toMatchObject([
      { code: undefined, cause: undefined, summary: undefined },
    ]);
    expect(inspect(events, { depth: 9 })).not.toContain('1234');
  });

  test('because it is disposed during a call publishes that, too', async () => {
    const { promise, open } = gate();
    script({ initiator: [{ status: CONTINUE, until: promise }] });
    await using credentials = await credentialsFor();
    const events = published();
    const client = initiate(credentials);
    const pending = rejection(client.step());
    client[Symbol.dispose]();
    client[Symbol.dispose]();
    open();
    await pending;
    await settled();
    expect(events).toMatchObject([
      ['sspi:leg:finished', { outcome: 'failed', code: 'ERR_SSPI_DISPOSED', status: undefined }],
      ['sspi:handshake:failed', { code: 'ERR_SSPI_DISPOSED' }],
      ['sspi:handshake:disposed', { established: false, lifetime: undefined }],
    ]);
  });

  test('publishes its disposal when it is disposed, not when it fails', async () => {
    script({ initiator: [{ status: INVALID_TOKEN }] });
    await using credentials = await credentialsFor();
    const events = published('sspi:handshake:disposed');
    const client = initiate(credentials);
    await rejection(client.step());
    expect(events).toEqual([]);
    await client.dispose();
    expect(events).toMatchObject([['sspi:handshake:disposed', { established: false }]]);
  });
});

test.each(['is disposed', 'has a signal that is aborted'])(
  'a handshake that was never used and %s does not fail',
  async (how) => {
    script({});
    await using credentials = await credentialsFor();
    const events = published();
    const controller = new AbortController();
    const client = initiate(credentials, { signal: controller.signal });
    if (how !== 'is disposed') controller.abort();
    await client.dispose();
    expect(namesOf(events)).toEqual(['sspi:handshake:disposed']);
  },
);

describe('whoever subscribes late', () => {
  test('gets no durations that nobody measured', async () => {
    const { promise, open } = gate();
    script({ initiator: [{ status: SEC_E_OK, until: promise }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const pending = client.step();
    const events = published();
    open();
    await pending;
    expect(events).toMatchObject([
      ['sspi:leg:finished', { outcome: 'established', duration: undefined }],
      ['sspi:handshake:established', { legs: 1, duration: undefined }],
    ]);
  });

  test('learns of no disposal of a context that was established before', async () => {
    script({ initiator: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    const client = initiate(credentials);
    await client.step();
    const events = published();
    await client.dispose();
    expect(events).toEqual([]);
  });

  test('and unsubscribes gets nothing any more', async () => {
    script(twoLegs);
    await using credentials = await credentialsFor();
    const events = published();
    await using client = initiate(credentials);
    await client.step();
    unsubscribeAll();
    await client.step(bytes('answer'));
    expect(namesOf(events)).toEqual(['sspi:leg:finished']);
  });
});

describe('NTLM that is chosen', () => {
  const [negotiate, challenge, authenticate] = (samba.exchanges['ntlmssp_v2_mic']?.messages ?? []).map(hex) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const chosen = (events: readonly Published[]): NtlmChosen | undefined => on(events, 'sspi:ntlm:chosen')[0];
  const reasons = (event: NtlmChosen | undefined): string[] | undefined => event?.reasons.map(({ reason }) => reason);

  async function initiated(
    target: string | undefined,
    packageName = 'Negotiate',
    sent = authenticate,
  ): Promise<Published[]> {
    script({
      initiator: [
        { status: CONTINUE, token: negotiate },
        { status: SEC_E_OK, token: sent },
      ],
      negotiated: 'NTLM',
    });
    await using credentials = await credentialsFor(packageName);
    const events = published();
    await using client = initiate(credentials, { target });
    await drain(client.legs([challenge]));
    return events;
  }

  async function accepted(last: Buffer, clientName?: string): Promise<NtlmChosen | undefined> {
    script({
      acceptor: [{ status: CONTINUE, token: challenge }, { status: SEC_E_OK }],
      negotiated: 'NTLM',
      ...(clientName === undefined ? {} : { clientName }),
    });
    await using credentials = await credentialsFor();
    const events = published('sspi:ntlm:chosen');
    await using server = accept(credentials);
    await drain(server.legs([negotiate, last]));
    return chosen(events);
  }

  /** An AUTHENTICATE message of a client that names its target. */
  function authenticateFor(target: string, user = 'alice'): Buffer {
    const nt = ntlmV2Response(
      Buffer.alloc(16, 1),
      0n,
      Buffer.alloc(8, 2),
      Buffer.concat([avPair(9, utf16(target)), avEol]),
    );
    const header = [
      none,
      field(nt),
      field(utf16('CORP')),
      field(utf16(user)),
      field(utf16('LAPTOP7')),
      none,
      u32(ntlmFlags.unicode | ntlmFlags.ntlm | ntlmFlags.version),
      version(10, 0, 19041),
    ];
    return message({ type: 3, header });
  }

  test('by an initiator: who, where, and why not Kerberos; before the end is published', async () => {
    const events = await initiated('HTTP/10.0.0.1');
    expect(namesOf(events)).toEqual([
      'sspi:leg:finished',
      'sspi:leg:finished',
      'sspi:ntlm:chosen',
      'sspi:handshake:established',
      'sspi:handshake:disposed',
    ]);
    expect(chosen(events)).toEqual({
      handshake: expect.objectContaining({ role: 'initiator', target: 'HTTP/10.0.0.1' }) as object,
      client: 'DOMAIN\\User',
      workstation: 'CLIENT1',
      target: 'HTTP/10.0.0.1',
      reasons: [
        {
          reason: 'target-is-address',
          text: 'The target’s host 10.0.0.1 is an IP address, for which there are no tickets.',
        },
      ],
    });
  });

  test.each([
    ['no target', undefined, 'Negotiate', ['no-target']],
    ['a short name', 'HTTP/web', 'Negotiate', ['short-host-name']],
    ['no SPN', 'web.corp.test', 'Negotiate', ['target-is-no-spn']],
    ['credentials of NTLM', 'HTTP/web.corp.test', 'NTLM', ['ntlm-credentials']],
    ['nothing that rules Kerberos out', 'HTTP/web.corp.test', 'Negotiate', ['unknown']],
  ])('by an initiator: %s', async (_, target, packageName, expected) => {
    expect(reasons(chosen(await initiated(target, packageName)))).toEqual(expected);
  });

  test('by the client of an acceptor: who, from where, for what', async () => {
    expect(await accepted(authenticate)).toMatchObject({
      handshake: { role: 'acceptor', target: undefined },
      client: 'DOMAIN\\User',
      workstation: 'CLIENT1',
      target: 'HTTP/web.samba.test',
      reasons: [{ reason: 'chosen-by-client' }],
    });
  });

  test('by the client of an acceptor: the name that the client used says why', async () => {
    const event = await accepted(authenticateFor('HTTP/10.0.0.1'));
    expect(event).toMatchObject({ client: 'CORP\\alice', workstation: 'LAPTOP7', target: 'HTTP/10.0.0.1' });
    expect(reasons(event)).toEqual(['chosen-by-client', 'target-is-address']);
    expect(reasons(await accepted(authenticateFor('web')))).toEqual(['chosen-by-client', 'target-is-no-spn']);
  });

  test('by a client whose message names nobody: what Windows calls it', async () => {
    const anonymous = message({
      type: 3,
      header: [none, none, none, none, none, none, u32(ntlmFlags.unicode | ntlmFlags.ntlm), version(10, 0, 19041)],
    });
    expect(await accepted(anonymous, 'NT AUTHORITY\\ANONYMOUS LOGON')).toMatchObject({
      client: 'NT AUTHORITY\\ANONYMOUS LOGON',
      workstation: undefined,
      target: undefined,
    });
  });

  test('with tokens that cannot be read still is published', async () => {
    expect(await accepted(bytes('NTLMSSP\0garbage'), 'CORP\\bob')).toMatchObject({
      client: 'CORP\\bob',
      target: undefined,
    });
  });

  test('is not when it is Kerberos', async () => {
    const [apReq, apRep] = mitKrb5.aes256_mutual.map(hex) as [Buffer, Buffer];
    script({ acceptor: [{ status: SEC_E_OK, token: apRep }], negotiated: 'Kerberos' });
    await using credentials = await credentialsFor();
    const events = published('sspi:ntlm:chosen');
    await using server = accept(credentials);
    await drain(server.legs([apReq]));
    expect(server.established).toBe(true);
    expect(events).toEqual([]);
  });

  test('is not when a requirement refuses it: that is a failure with its cause', async () => {
    script({ initiator: [{ status: SEC_E_OK, token: authenticate }], negotiated: 'NTLM' });
    await using credentials = await credentialsFor();
    const events = published();
    await using client = initiate(credentials, { target: 'HTTP/10.0.0.1', require: { packages: ['Kerberos'] } });
    await rejection(client.step());
    expect(events).toMatchObject([
      ['sspi:leg:finished', { code: 'ERR_SSPI_REQUIREMENT_NOT_MET' }],
      ['sspi:handshake:failed', { cause: 'ntlm-instead-of-kerberos', likelihood: 'certain' }],
    ]);
  });
});

describe('what is published', () => {
  test('holds no byte of a token, no password and no message of another’s error', async () => {
    const secrets = ['S3cret-T0ken-1', 'S3cret-T0ken-2', 'S3cret-T0ken-3', 'P4ssw0rd-of-Alice'];
    const [one, two, three, password] = secrets as [string, string, string, string];
    script({
      initiator: ({ context, index }) =>
        index === 0
          ? { status: CONTINUE, token: bytes(one) }
          : { status: context === 1 ? SEC_E_OK : LOGON_DENIED, token: bytes(three) },
      negotiated: 'NTLM',
    });
    const events = published();
    const identity = { user: 'alice', domain: 'CORP', password };
    await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound', identity });
    for (const how of ['well', 'badly']) {
      await using client = initiate(credentials, { target: 'HTTP/web', channelBindings: bytes(two) });
      const { error } = await drain(client.legs([bytes(two)]));
      expect(error === undefined).toBe(how === 'well');
    }
    expect(new Set(namesOf(events))).toEqual(new Set(all));
    const text =
      inspect(events, { depth: Infinity, showHidden: true, maxStringLength: Infinity }) + JSON.stringify(events);
    for (const secret of secrets) {
      const forms = [secret, ...(['hex', 'base64', 'base64url'] as const).map((form) => bytes(secret).toString(form))];
      // As bytes of a Buffer, too, in either form of output.
      forms.push(inspect(bytes(secret)).slice('<Buffer '.length, -1), [...bytes(secret)].join(','));
      for (const form of forms) expect(text).not.toContain(form);
    }
  });
});

describe('in a process of its own', () => {
  const root = join(__dirname, '..', '..');

  function output(program: string): unknown {
    const setUp = `
      const dc = require('node:diagnostics_channel');
      const { acquireCredentials, initiate } = require('sspi');
      const { scriptedProvider, useProvider } = require('sspi/testing');
      useProvider(scriptedProvider({
        initiator: ({ context }) => ({ status: context === 1 ? 'SEC_E_OK' : 'SEC_E_LOGON_DENIED', token: Buffer.from('x') }),
      }));
      const signOn = async () => {
        const credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
        const client = initiate(credentials);
        return client.step().then(() => client.established, (error) => error.code);
      };
    `;
    const args = ['-e', `${setUp}(async () => {${program}})();`];
    return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }));
  }

  test('a subscriber that throws changes no handshake; its error is uncaught, as Node documents', () => {
    const program = `
      const uncaught = [];
      process.on('uncaughtException', ({ message }) => uncaught.push(message));
      const heard = [];
      for (const name of ['sspi:credential:acquired', 'sspi:leg:finished', 'sspi:handshake:established', 'sspi:handshake:failed']) {
        dc.subscribe(name, () => { throw new Error(name); });
        dc.subscribe(name, () => heard.push(name));
      }
      const results = [await signOn(), await signOn()];
      setImmediate(() => console.log(JSON.stringify({ results, uncaught, heard })));
    `;
    const names = [
      'sspi:credential:acquired',
      'sspi:leg:finished',
      'sspi:handshake:established',
      'sspi:credential:acquired',
      'sspi:leg:finished',
      'sspi:handshake:failed',
    ];
    expect(output(program)).toEqual({ results: [true, 'SEC_E_LOGON_DENIED'], uncaught: names, heard: names });
  });

  test('nothing is measured, explained or decoded without a subscriber, and a cause only for failures', () => {
    const program = `
      const now = performance.now;
      let measured = 0;
      // The scripted provider measures its calls, too.
      const ours = /dist.(credentials|events|handshake)./;
      performance.now = () => {
        if (ours.test(new Error().stack.split('\\n')[2])) measured++;
        return now.call(performance);
      };
      const count = () => Object.keys(require.cache).filter((file) => /dist.(explain|inspect)./.test(file)).length;
      const before = count();
      const loaded = () => count() - before;
      const results = [await signOn(), await signOn()];
      const idle = { measured, loaded: loaded() };
      dc.subscribe('sspi:leg:finished', () => {});
      results.push(await signOn());
      const legs = { measured: measured > 0, loaded: loaded() };
      dc.subscribe('sspi:handshake:failed', () => {});
      results.push(await signOn());
      console.log(JSON.stringify({ results, idle, legs, failures: loaded() > 0 }));
    `;
    const denied = 'SEC_E_LOGON_DENIED';
    expect(output(program)).toEqual({
      results: [true, denied, denied, denied],
      idle: { measured: 0, loaded: 0 },
      legs: { measured: true, loaded: 0 },
      failures: true,
    });
  });
});
