/** Damaged messages through DecryptMessage and VerifySignature: none crashes, and none opens as something else. */
import { accept, acquireCredentials, initiate, type SspiError } from 'sspi';
import { describeInDomain, lab } from './support/lab';
import { drive, type Connection } from './support/drive';
import { leavesNothingAlive } from './support/live-counts';
import { damaged, Random } from './support/mutation';
import { useKerberosPair } from './support/kerberos';
import { describeScripted, play } from './support/scripted';

jest.setTimeout(120_000);
leavesNothingAlive();

const seed = Number(process.env['SSPI_FUZZ_SEED'] ?? 20_240_229);
const flags = ['mutualAuth', 'confidentiality', 'integrity', 'allowReplay'] as const;
const secret = Buffer.from('what was really written');

/** Tries each damaged input; counts outcomes; anything but a status of SSPI or an intended refusal throws. */
function campaign(inputs: number, attempt: () => Buffer | undefined): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (let i = 0; i < inputs; i++) {
    let outcome: string;
    try {
      const opened = attempt();
      if (opened !== undefined && !opened.equals(secret)) throw new Error(`opened as ${opened.toString('hex')}`);
      outcome = 'SEC_E_OK';
    } catch (error) {
      const { code, status } = error as SspiError;
      if (status === undefined && code !== 'ERR_SSPI_NOT_ENCRYPTED') throw error;
      outcome = code;
    }
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  process.stdout.write(`${expect.getState().currentTestName}: ${inputs}, ${JSON.stringify(outcomes)}\n`);
  return outcomes;
}

/** What was damaged and opens anyway must be what was sent: some bytes of a frame mean nothing. */
const rarely = (outcomes: Record<string, number>, inputs: number): void =>
  expect(outcomes['SEC_E_OK'] ?? 0).toBeLessThan(inputs * 0.02);

describeInDomain('damaged messages of Kerberos', () => {
  const pair = useKerberosPair();
  let both: Connection;
  beforeAll(async () => {
    const { outbound, inbound } = pair;
    both = await drive(initiate(outbound, { target: lab().services.web.spn, flags }), accept(inbound, { flags }));
  });
  afterAll(() => both[Symbol.asyncDispose]());
  const inputs = 20_000;

  test.each([
    ['sealed', true],
    ['signed', false],
  ])('unwrap, %s', (_, encrypt) => {
    const random = new Random(seed);
    rarely(
      campaign(inputs, () =>
        both.server.unwrap(damaged(both.client.wrap(secret, { encrypt }), random), { allowUnencrypted: true }),
      ),
      inputs,
    );
  });

  test('decrypt, in a layout of one’s own', () => {
    const random = new Random(seed + 1);
    const attempt = (): Buffer | undefined => {
      const { buffers } = both.client.encrypt([{ type: 'token' }, { type: 'data', data: secret }]);
      const [token, data] = buffers.map((buffer) => buffer.data) as [Buffer, Buffer];
      const opened = both.server.decrypt([
        { type: 'token', data: damaged(token, random) },
        { type: 'data', data },
      ]);
      return opened.buffers[1]?.data;
    };
    rarely(campaign(inputs, attempt), inputs);
  });

  test('verify', () => {
    const random = new Random(seed + 2);
    const attempt = (): undefined => {
      both.server.verify(secret, damaged(both.client.sign(secret), random));
    };
    rarely(campaign(inputs, attempt), inputs);
  });

  test('after all of that a whole message still opens', () => {
    expect(both.server.unwrap(both.client.wrap(secret))).toEqual(secret);
  });
});

describeInDomain('damaged messages of NTLM', () => {
  test('unwrap and verify', async () => {
    const identity = { user: 'alice', domain: lab().workgroup, password: lab().users.alice.password };
    await using outbound = await acquireCredentials({ package: 'NTLM', use: 'outbound', identity });
    await using inbound = await acquireCredentials({ package: 'NTLM', use: 'inbound' });
    const protecting = { flags: ['confidentiality', 'integrity'] } as const;
    await using both = await drive(initiate(outbound, protecting), accept(inbound, protecting));
    const random = new Random(seed + 3);
    const opened = campaign(10_000, () => both.client.unwrap(damaged(both.client.wrap(secret), random)));
    expect(opened['SEC_E_OK']).toBeUndefined();
    const verified = campaign(10_000, () => {
      both.client.verify(secret, damaged(both.client.sign(secret), random));
      return undefined;
    });
    expect(verified['SEC_E_OK']).toBeUndefined();
  });
});

describeScripted('damaged messages of the scripted package', () => {
  test.each(['Scripted', 'ScriptedStream'] as const)('%s', async (packageName) => {
    const script = 'isc SEC_I_CONTINUE_NEEDED token=text:C; asc SEC_E_OK token=text:S; isc SEC_E_OK';
    await using credentials = await play(script, { package: packageName });
    await using both = await drive(
      initiate(credentials, { flags: ['confidentiality', 'allowReplay'] }),
      accept(credentials, { flags: ['confidentiality', 'allowReplay'] }),
    );
    const random = new Random(seed + 4);
    const inputs = 10_000;
    // Its checksum covers the data and not the whole of its header.
    const outcomes = campaign(inputs, () =>
      both.server.unwrap(damaged(both.client.wrap(secret), random), { allowUnencrypted: true }),
    );
    expect(outcomes['SEC_E_OK'] ?? 0).toBeLessThan(inputs * 0.25);
    const empties = [{ type: 'empty' }, { type: 'empty' }, { type: 'empty' }] as const;
    campaign(inputs, () => {
      const message = damaged(both.client.wrap(secret), random);
      const { buffers } = both.server.decrypt([{ type: 'data', data: message }, ...empties]);
      return buffers.find(({ type }) => type === 'data')?.data;
    });
  });
});
