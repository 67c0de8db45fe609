import type { Ends } from '../ends';
import type { Subject } from '../subject';

/** SECPKG_CRED_ATTR_NAMES */
const names = 1;
const SECPKG_NOT_FOUND = 0x80090305;
/** SECPKG_CRED_* */
const [inbound, outbound, both] = [1, 2, 3] as const;
/** SECURITY_IMPERSONATION_LEVEL */
const [impersonation, delegation] = [2, 3] as const;

export function credentialCases(subject: Subject, ends: Ends): void {
  describe('a credential', () => {
    test.each([inbound, outbound, both])('for use %i lives until it is freed, once', async (use) => {
      const { binding, packageName } = subject;
      const raw = await binding.acquireCredentialsHandle(undefined, packageName, use, undefined);
      expect(raw).toMatchObject({ status: 0, handle: expect.anything() as object });
      expect(['number', 'undefined']).toContain(typeof raw.expiry);
      expect(binding.liveCounts()).toMatchObject({ credentials: 1, calls: 0 });
      if (raw.handle === undefined) throw new Error('no handle');
      await binding.freeCredentialsHandle(raw.handle);
      expect(binding.liveCounts()).toMatchObject({ credentials: 0, calls: 0 });
      await binding.freeCredentialsHandle(raw.handle);
      expect(binding.liveCounts()).toMatchObject({ credentials: 0, calls: 0 });
    });

    test('that is dropped is freed eventually, and freeing it again does nothing', async () => {
      const credential = await ends.credential();
      subject.binding.dropCredential(credential);
      expect(await ends.countsThatBecome({ credentials: 0, calls: 0 })).toMatchObject({ credentials: 0, calls: 0 });
      await subject.binding.freeCredentialsHandle(credential);
      subject.binding.dropCredential(credential);
    });

    test('of an explicit identity', async () => {
      const { binding, packageName } = subject;
      const identity = { user: 'alice', domain: '', password: 'Wonderland', packageList: undefined };
      for (const more of [{}, { packageList: '!NTLM' }]) {
        const { status, handle } = await binding.acquireCredentialsHandle(undefined, packageName, outbound, {
          ...identity,
          ...more,
        });
        expect(status).toBe(0);
        if (handle !== undefined) await binding.freeCredentialsHandle(handle);
      }
    });

    test('is packed as strings: user and domain as they were, and a secret', async () => {
      const { binding } = subject;
      const identity = { user: 'alice', domain: 'CORP', password: 'Wonderland', packageList: undefined };
      for (const password of ['Wonderland', Buffer.from('Wonderland')]) {
        const packed = await binding.encodeAuthIdentityAsStrings({ ...identity, password });
        expect(packed).toMatchObject({ status: 0, user: 'alice', domain: 'CORP' });
        expect(packed.credentials).toMatch(/./);
      }
      expect(binding.liveCounts()).toMatchObject({ credentials: 0, calls: 0 });
    });

    test('of an unknown package is a status, and nothing is alive', async () => {
      const { binding } = subject;
      expect(await binding.acquireCredentialsHandle(undefined, 'Nonesuch', outbound, undefined)).toEqual({
        status: SECPKG_NOT_FOUND,
        handle: undefined,
        expiry: undefined,
      });
      expect(binding.liveCounts().credentials).toBe(0);
    });

    test('tells its name; another attribute is a status without a value', async () => {
      const credential = await ends.credential();
      const { binding } = subject;
      expect(await binding.queryCredentialsAttribute(credential, names)).toEqual({
        status: 0,
        value: expect.stringMatching(/\S/) as string,
      });
      const unknown = await binding.queryCredentialsAttribute(credential, 0x7777);
      expect(unknown).toEqual({ status: expect.any(Number) as number, value: undefined });
      expect(unknown.status).toBeGreaterThanOrEqual(0x80000000);
    });

    test('of a context’s client is acquired where the client granted enough', async () => {
      const { binding, packageName } = subject;
      const { acceptor } = await ends.connect();
      const acquire = (leastLevel: number) =>
        binding.acquireCredentialsHandleForClient(acceptor, leastLevel, undefined, packageName, both, undefined);
      const granted = await acquire(impersonation);
      expect(granted).toMatchObject({
        status: 0,
        handle: expect.anything() as object,
        impersonationLevel: impersonation,
      });
      if (granted.handle !== undefined) await binding.freeCredentialsHandle(granted.handle);
      expect(await acquire(delegation)).toEqual({
        status: 0,
        handle: undefined,
        expiry: undefined,
        impersonationLevel: impersonation,
      });
    });
  });
}
