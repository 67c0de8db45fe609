import { accept, acquireCredentials, initiate } from 'sspi';
import { corpus } from './inspect/support/corpus';
import { expectClean, rejection, script, CONTINUE } from './support';
import { mutate, Random } from './inspect/support/fuzz';
import { securityStatuses } from '#lib/errors/status-table';

afterEach(expectClean);

const samples = corpus();
const failures = Object.values(securityStatuses).filter((status) => status >= 0x80000000 && status !== 0x80090318);
/** Those for which the rules look into the tokens. */
const closelyRead = [0x80090304, 0x80090308, 0x8009030c, 0x80090346];
const packages = ['Negotiate', 'Kerberos', 'NTLM'];
const targets = [
  undefined,
  'HTTP/web.corp.test',
  'HTTP/[::1',
  '//',
  'HTTP/',
  '[',
  'x'.repeat(300),
  'HTTP/\u001b[31mred',
];
const runs = 4000;

// As in the lab: under Wine, too, errors are explained to callers who gave bindings.
process.env['SSPI_WINE_DROPS_BINDINGS'] = 'accepted';

test('whatever was sent and whatever it failed with, there is an explanation, safe to print', async () => {
  const random = new Random(20_260_711);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
  for (let run = 0; run < runs; run++) {
    const wine = run % 2 === 0 ? { wineVersion: '10.0' } : {};
    const [first, second, answer] = [mutate(random, samples), mutate(random, samples), mutate(random, samples)];
    const status = pick(run % 4 < 2 ? closelyRead : failures);
    const legs = [
      { status: CONTINUE, token: answer },
      { status, token: second },
    ];
    script({ initiator: legs, acceptor: legs, ...wine });
    const credentials = await acquireCredentials({ package: pick(packages), use: 'both' });
    const initiates = run % 3 === 0;
    const handshake = initiates
      ? initiate(credentials, { target: pick(targets), flags: ['mutualAuth'] })
      : accept(credentials, run % 5 === 0 ? { channelBindings: Buffer.from('tls-server-end-point:x') } : {});
    const usable = (token: Buffer): Buffer => (token.length === 0 ? Buffer.of(0) : token);
    const error = await rejection(
      handshake.step(initiates ? undefined : usable(first)).then(() => handshake.step(usable(second))),
    );
    const why = error.explain();
    expect(why.causes.length).toBeGreaterThan(0);
    // What is refused by its first bytes ends with the first leg.
    expect(why.exchange.length).toBeGreaterThan(error.leg === 0 ? 0 : 1);
    // eslint-disable-next-line no-control-regex -- that is what it is about
    expect(String(why)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    JSON.stringify(why);
    await handshake.dispose();
    await credentials.dispose();
    await expectClean();
  }
}, 60_000);
