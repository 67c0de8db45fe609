import {
  memoryProvider,
  peerTokens,
  playRecording,
  recordExchange,
  redactToken,
  scriptedProvider,
  useProvider,
  type PlayOptions,
  type Recording,
} from 'sspi/testing';
import { accept, acquireCredentials, initiate, type Handshake } from 'sspi';
import { decode, summarize } from 'sspi/inspect';
import { rejection, thrown } from './support';
import { testData } from './testing-support';

const target = 'HTTP/web.example.test';

/** Both sides with whatever is in use. */
async function signOn(packageName = 'Negotiate'): Promise<{ client: Handshake; server: Handshake; tokens: Buffer[] }> {
  const outbound = await acquireCredentials({ package: packageName, use: 'outbound' });
  const inbound = await acquireCredentials({ package: packageName, use: 'inbound' });
  const client = initiate(outbound, { target, flags: ['mutualAuth', 'confidentiality', 'sequenceDetect'] });
  const server = accept(inbound);
  const tokens: Buffer[] = [];
  let leg = await client.step();
  for (;;) {
    if (leg.token !== undefined) tokens.push(leg.token);
    const answer = leg.token === undefined ? undefined : await server.step(leg.token);
    if (!leg.expectsReply) return { client, server, tokens };
    tokens.push(answer?.token as Buffer);
    leg = await client.step(answer?.token);
  }
}

/** A recording of a sign-on in memory, through JSON as a file would take it. */
async function recorded(
  packageName = 'Negotiate',
  secrets?: 'keep' | 'redact',
): Promise<{ recording: Recording; tokens: Buffer[] }> {
  using inUse = useProvider(memoryProvider({ users: { alice: 'Wonderland' } }));
  expect(inUse).toBeDefined();
  const recorder = recordExchange(secrets === undefined ? {} : { secrets });
  const { tokens } = await signOn(packageName);
  recorder.stop();
  return { recording: JSON.parse(JSON.stringify(recorder.recording())) as Recording, tokens };
}

function play(recording: Recording, options?: PlayOptions) {
  return useProvider(playRecording(recording, options));
}

describe('a recording', () => {
  test('has every leg of both sides, names and flags, and no secret', async () => {
    const { recording, tokens } = await recorded();
    expect(recording).toMatchObject({ format: 'sspi-recording', version: 1, redacted: true });
    expect(recording.contexts).toHaveLength(2);
    const [client, server] = recording.contexts;
    expect(client).toMatchObject({
      role: 'initiator',
      package: 'Negotiate',
      target,
      legs: [
        { status: 'SEC_I_CONTINUE_NEEDED' },
        { status: 'SEC_E_OK', flags: expect.arrayContaining(['mutualAuth']) },
      ],
    });
    expect(server).toMatchObject({
      role: 'acceptor',
      legs: [{ status: 'SEC_E_OK' }],
      attributes: { names: 'EXAMPLE\\alice', negotiated: 'Kerberos' },
    });
    expect(recording.credentials).toEqual([
      { package: 'Negotiate', status: 'SEC_E_OK', use: 'outbound' },
      { package: 'Negotiate', status: 'SEC_E_OK', use: 'inbound' },
    ]);
    expect(Buffer.from(client?.legs[0]?.token ?? '', 'base64')).toHaveLength((tokens[0] as Buffer).length);
    const text = JSON.stringify(recording);
    expect(text).not.toContain('Wonderland');
    for (const token of tokens) expect(text).not.toContain(token.toString('base64').slice(40, 80));
  });

  test('keeps every byte where it is told to', async () => {
    const { recording, tokens } = await recorded('NTLM', 'keep');
    const sent = recording.contexts[0]?.legs.flatMap(({ input, token }) =>
      [input, token].filter((text) => text !== undefined),
    );
    expect(sent).toEqual(tokens.map((token) => token.toString('base64')));
  });

  test('has failures, of credentials too', async () => {
    const provider = scriptedProvider({
      credential: ({ package: name }) => ({ status: name === 'NTLM' ? 'SEC_E_NO_CREDENTIALS' : 'SEC_E_OK' }),
      initiator: [{ status: 'SEC_E_TARGET_UNKNOWN' }],
    });
    using inUse = useProvider(provider);
    const recorder = recordExchange();
    const identity = { user: 'alice', domain: 'CORP', password: 'Wonderland' };
    await rejection(acquireCredentials({ package: 'NTLM', use: 'outbound', identity }));
    await rejection(signOn('Kerberos'));
    const recording = recorder.recording();
    recorder.stop();
    inUse.restore();
    expect(recording.credentials[0]).toEqual({
      package: 'NTLM',
      status: 'SEC_E_NO_CREDENTIALS',
      use: 'outbound',
      user: 'alice',
      domain: 'CORP',
    });
    using played = play(recording);
    expect(played).toBeDefined();
    const refused = acquireCredentials({ package: 'NTLM', use: 'outbound', identity });
    expect((await rejection(refused)).code).toBe('SEC_E_NO_CREDENTIALS');
    expect(await rejection(signOn('Kerberos'))).toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN', leg: 0 });
  });
});

describe('a player', () => {
  test.each(['Kerberos', 'NTLM', 'Negotiate'])('plays both sides of %s again, with messages', async (packageName) => {
    const { recording } = await recorded(packageName);
    const provider = playRecording(recording);
    using inUse = useProvider(provider);
    expect(inUse).toBeDefined();
    const { client, server } = await signOn(packageName);
    expect(server.context.clientName).toBe('EXAMPLE\\alice');
    expect(client.context.package).toBe(packageName === 'NTLM' ? 'NTLM' : 'Kerberos');
    expect(client.context.flags).toContain('confidentiality');
    expect(server.context.unwrap(client.context.wrap(Buffer.from('hello')))).toEqual(Buffer.from('hello'));
    expect(client.context.unwrap(server.context.wrap(Buffer.from('you')))).toEqual(Buffer.from('you'));
  });

  test('plays one side against the recorded tokens of the other', async () => {
    const { recording } = await recorded('NTLM');
    using inUse = play(recording);
    expect(inUse).toBeDefined();
    await using credentials = await acquireCredentials({ package: 'NTLM', use: 'inbound' });
    await using server = accept(credentials);
    const theirs = peerTokens(recording, 'acceptor');
    expect(theirs).toHaveLength(2);
    for (const token of theirs) await server.step(token);
    expect(server.context.clientName).toBe('EXAMPLE\\alice');
  });

  test('says where a token is not the recorded one', async () => {
    const { recording } = await recorded('NTLM');
    const attempt = async (change: (token: Buffer) => Buffer, options?: PlayOptions) => {
      using inUse = play(recording, options);
      expect(inUse).toBeDefined();
      await using credentials = await acquireCredentials({ package: 'NTLM', use: 'inbound' });
      await using server = accept(credentials);
      await server.step(change(peerTokens(recording, 'acceptor')[0] as Buffer));
      return server.established;
    };
    const longer = (token: Buffer): Buffer => Buffer.concat([token, Buffer.of(0)]);
    const other = (token: Buffer): Buffer => Buffer.concat([token.subarray(0, -1), Buffer.of(9)]);
    const causeOf = async (work: Promise<unknown>): Promise<string> => String((await rejection(work)).cause);
    expect(await causeOf(attempt(longer))).toMatch(
      /Leg 0 of this acceptor is not as recorded: its token has \d+ bytes, not/,
    );
    expect(await causeOf(attempt(() => Buffer.from('NTLMSSP\0\x01')))).toContain('bytes, not');
    expect(await attempt((token) => token)).toBe(false);
    expect(await attempt(other)).toBe(false); // the damage is in what is masked
    expect(await causeOf(attempt(() => Buffer.from('xyz'), { match: 'kind' }))).toContain(
      'not a known token, not gss-message',
    );
  });

  test('ends where the recording ends', async () => {
    const { recording } = await recorded();
    using inUse = play(recording);
    expect(inUse).toBeDefined();
    await signOn();
    expect(String((await rejection(signOn())).cause)).toContain('no more handshakes of an initiator');
  });

  test.each([undefined, {}, { format: 'sspi-recording', version: 2 }, { format: 'sspi-recording', version: 1 }])(
    'refuses what is no recording: %j',
    (value) => {
      expect(thrown(() => playRecording(value as unknown as Recording)).code).toBe('ERR_SSPI_INVALID_ARGUMENT');
    },
  );
});

describe('redacting', () => {
  interface Answers {
    readonly ms_nlmp_4_2: { readonly v2: { readonly authenticateMessage: string; readonly challengeMessage: string } };
    readonly spnego_tokens: Readonly<Record<string, unknown>>;
  }
  const answers = testData('known-answers.json') as Answers;
  const strings = (value: unknown): string[] =>
    typeof value === 'string'
      ? [value]
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(strings)
        : [];
  /** Every string of the test data that is a token. */
  const tokens = ['known-answers.json', 'mit-krb5.json', 'samba-ntlm.json']
    .flatMap((name) => strings(testData(name)))
    .flatMap((text) => {
      try {
        const bytes = Buffer.from(text, /^[0-9a-f]+$/i.test(text) ? 'hex' : 'base64');
        return bytes.length > 16 && decode(bytes).kind !== 'opaque' ? [bytes] : [];
      } catch {
        return [];
      }
    });

  test('keeps length, structure and names, and nothing that is masked', () => {
    expect(tokens.length).toBeGreaterThan(20);
    let secrets = 0;
    for (const token of tokens) {
      const redacted = redactToken(token);
      expect(redacted).toHaveLength(token.length);
      expect(decode(redacted).kind).toBe(decode(token).kind);
      for (const secret of masked(decode(token, { reveal: true }))) {
        if (secret.length < 8 || /^0*$/.test(secret)) continue;
        secrets++;
        expect(redacted.toString('hex')).not.toContain(secret);
      }
      expect(redactToken(redacted)).toEqual(redacted);
    }
    expect(secrets).toBeGreaterThan(20);
  });

  test('an AUTHENTICATE message keeps who it is of, and loses its proofs', () => {
    const message = Buffer.from(answers.ms_nlmp_4_2.v2.authenticateMessage, 'hex');
    const redacted = redactToken(message);
    expect(summarize(decode(redacted))).toContain('Domain\\User');
    expect(redacted.toString('hex')).not.toContain('68cd0ab851e51c96aabc927bebef6a1c');
    expect(redacted.toString('hex')).not.toContain('c5dad2544fc9799094ce1ce90bc9d03e');
  });

  test('a challenge has no secret and stays', () => {
    const message = Buffer.from(answers.ms_nlmp_4_2.v2.challengeMessage, 'hex');
    expect(redactToken(message)).toEqual(message);
  });

  test.each([
    Buffer.alloc(0),
    Buffer.from('ab'),
    Buffer.from('a password, perhaps'),
    Buffer.from('NTLMSSP\0\x03\0\0\0\x08'),
  ])('of bytes that are no whole token only the beginning stays', (bytes) => {
    const redacted = redactToken(bytes);
    expect(redacted).toHaveLength(bytes.length);
    expect(redacted.subarray(0, 4)).toEqual(bytes.subarray(0, 4));
    expect([...redacted.subarray(4)].every((byte) => byte === 0)).toBe(true);
  });

  function masked(value: unknown): string[] {
    if (typeof value !== 'object' || value === null) return [];
    const { masked: hidden, hex } = value as { masked?: unknown; hex?: unknown };
    return [...(hidden === false ? [hex as string] : []), ...Object.values(value).flatMap(masked)];
  }
});
