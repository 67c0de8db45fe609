import { acquireCredentials, type Credentials } from 'sspi';

/** Kerberos credentials for both ends in this process: the current user's, and those of the services in the keytab. */
export interface KerberosPair {
  readonly outbound: Credentials;
  readonly inbound: Credentials;
}

export async function acquireKerberosPair(): Promise<KerberosPair> {
  return {
    outbound: await acquireCredentials({ package: 'Kerberos', use: 'outbound' }),
    inbound: await acquireCredentials({ package: 'Kerberos', use: 'inbound' }),
  };
}

/** A pair for all tests of a `describe`. It is there from `beforeAll` hooks that come later to `afterAll` hooks before. */
export function useKerberosPair(): KerberosPair {
  let pair: KerberosPair | undefined;
  const acquired = (): KerberosPair => {
    if (pair === undefined) throw new Error('the credentials are acquired when the tests run');
    return pair;
  };
  beforeAll(async () => {
    pair = await acquireKerberosPair();
  });
  afterAll(async () => {
    await pair?.outbound.dispose();
    await pair?.inbound.dispose();
  });
  return {
    get outbound() {
      return acquired().outbound;
    },
    get inbound() {
      return acquired().inbound;
    },
  };
}
