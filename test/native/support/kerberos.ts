import { acquireCredentials, type Credentials } from 'sspi';

/** The credentials of both sides: the current user's tickets, and the lab's keytab. */
export interface KerberosPair extends AsyncDisposable {
  readonly outbound: Credentials;
  readonly inbound: Credentials;
}

export async function acquirePair(): Promise<KerberosPair> {
  const outbound = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
  const inbound = await acquireCredentials({ package: 'Kerberos', use: 'inbound' });
  return {
    outbound,
    inbound,
    async [Symbol.asyncDispose]() {
      await outbound.dispose();
      await inbound.dispose();
    },
  };
}

/** The same for all tests of the suite that calls this. */
export function pairOfSuite(): () => KerberosPair {
  let pair: KerberosPair | undefined;
  beforeAll(async () => {
    pair = await acquirePair();
  });
  afterAll(() => pair?.[Symbol.asyncDispose]());
  return () => {
    if (pair === undefined) throw new Error('the credentials are there inside of tests only');
    return pair;
  };
}

/** A NegTokenInit (RFC 4178) that offers MS-KRB5 and KRB5 and holds no token. */
export const spnegoWithoutToken = Buffer.from(
  '602806062b0601050502a01e301ca01a301806092a864882f71201020206062a864886f7120102020206',
  'hex',
);
