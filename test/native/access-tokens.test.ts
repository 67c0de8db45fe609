/** Access tokens that cannot be used: closed, another kind of handle, null, unreadable, of the wrong type or level. */
import { accept, acquireCredentials, wellKnownSids, type SecurityContext } from 'sspi';
import { loadBinding } from '#lib/binding/load';
import { sidToBytes } from '#lib/sid';
import { leavesNothingAlive } from './support/live-counts';
import { perPlatform, wine } from './support/platform';
import { rejection, thrown } from '../outcome';
import { describeScripted, journalOf, keepsTheRules, play } from './support/scripted';
import type { ContextHandle } from '#lib/binding/binding';

leavesNothingAlive();

/** HRESULT_FROM_WIN32 of ERROR_INVALID_HANDLE and ERROR_ACCESS_DENIED. */
const [invalidHandle, accessDenied] = [0x80070006, 0x80070005] as const;
const everyone = sidToBytes(wellKnownSids.everyone);

/** Runs `work` with an established context of a client whose token the script describes. */
async function withClient(client: string, work: (context: SecurityContext) => unknown): Promise<void> {
  await using credentials = await play(`asc SEC_E_OK; client ${client}`);
  await using server = accept(credentials);
  await server.step(Buffer.from('x'));
  await work(server.context);
}

/** The same with the binding itself: the library never gets as far as a membership without a token. */
async function withRawContext(client: string, work: (context: ContextHandle) => unknown): Promise<void> {
  const binding = loadBinding();
  const principal = `asc SEC_E_OK; client ${client}`;
  const { handle } = await binding.acquireCredentialsHandle(principal, 'Scripted', 1, undefined);
  if (handle === undefined) throw new Error('no credential');
  const context = binding.createContext(handle);
  try {
    await binding.acceptSecurityContext(context, 0, Buffer.from('x'), undefined, 100, false, []);
    await work(context);
  } finally {
    await binding.deleteSecurityContext(context);
    await binding.freeCredentialsHandle(handle);
  }
}

describeScripted('an access token with 1,000 more groups', () => {
  keepsTheRules();

  test('is read completely, where this process may make one', async () => {
    await withClient('groups=1000', async (context) => {
      const outcome = await context.accessToken().then(
        ({ groups }) => groups.length > 1000,
        (error: unknown) => (error as { code: string }).code,
      );
      // SeCreateTokenPrivilege is for LocalSystem; Wine 8 has no NtCreateToken.
      const withheld = 'SEC_E_NO_IMPERSONATION';
      if (wine === undefined) expect([true, withheld]).toContain(outcome);
      else expect(outcome).toBe(wine < 10 ? withheld : true);
    });
  });
});

describeScripted('unusable access tokens', () => {
  keepsTheRules();

  describe.each<[string, string, string, number]>([
    ['that is closed', 'closed', 'ERROR_INVALID_HANDLE', invalidHandle],
    ['that is the handle of an event', 'event', 'ERROR_INVALID_HANDLE', invalidHandle],
    ['that is null', 'null', 'ERROR_INVALID_HANDLE', invalidHandle],
    ['that may not be queried', 'unreadable', 'ERROR_ACCESS_DENIED', accessDenied],
  ])('a token %s', (_, token, code, status) => {
    test('is an error with a code', async () => {
      await withClient(`token=${token}`, async (context) => {
        const error = await rejection(context.accessToken());
        expect(error).toMatchObject({ code, status, api: 'QuerySecurityContextToken' });
        expect(await rejection(context.accessToken())).toMatchObject({ code });
      });
    });

    test('gives no membership: the process’s own token is not used instead', async () => {
      await withRawContext(`token=${token}`, async (context) => {
        expect(await loadBinding().checkTokenMembership(context, everyone)).toEqual({ status, isMember: false });
      });
    });
  });

  describe('a primary token', () => {
    // Wine gives it to the thread, but does not tell its level. Windows refuses it.
    const notImpersonated = perPlatform({ wine8: 'ERROR_INVALID_PARAMETER', windows: 'SEC_E_NO_IMPERSONATION' });

    test('says that it is one, and memberships can be asked of it', async () => {
      await withClient('primary', async (context) => {
        const token = await context.accessToken();
        expect(token).toMatchObject({ type: 'primary', impersonationLevel: undefined });
        expect(await token.isMemberOf(wellKnownSids.everyone)).toBe(true);
        expect(await token.isMemberOf('S-1-5-21-1-2-3-4711')).toBe(false);
      });
    });

    test('is refused where a token for impersonation is needed', async () => {
      await withClient('primary', (context) => {
        const fn = jest.fn();
        expect(thrown(() => context.impersonate(fn))).toMatchObject({
          code: notImpersonated,
          api: 'ImpersonateSecurityContext',
        });
        expect(fn).not.toHaveBeenCalled();
      });
    });

    test('gives no credentials on behalf of the client', async () => {
      await withClient('primary', async (context) => {
        const acquiring = acquireCredentials({ package: 'Scripted', use: 'outbound', onBehalfOf: context });
        expect(await rejection(acquiring)).toMatchObject({ code: notImpersonated });
        expect(await journalOf('AcquireCredentialsHandle')).toHaveLength(1);
      });
    });
  });

  describe.each(['anonymous', 'identification'])('a token for %s', (level) => {
    test('is not impersonated, and the thread keeps its own identity', async () => {
      await withClient(level, async (context) => {
        const fn = jest.fn();
        expect(thrown(() => context.impersonate(fn))).toMatchObject({ code: 'ERROR_BAD_IMPERSONATION_LEVEL' });
        expect(fn).not.toHaveBeenCalled();
        const calls = await journalOf('ImpersonateSecurityContext', 'RevertSecurityContext');
        expect(calls.map(({ call }) => call)).toEqual(['ImpersonateSecurityContext', 'RevertSecurityContext']);
        const next = await play('tag afterwards; leg SEC_E_OK');
        await next.dispose();
        const [own] = (await journalOf('AcquireCredentialsHandle')).filter(({ tag }) => tag === 'afterwards');
        expect(own?.impersonating).toBeUndefined();
      });
    });

    test('gives no credentials on behalf of the client', async () => {
      await withClient(level, async (context) => {
        const acquiring = acquireCredentials({ package: 'Scripted', use: 'outbound', onBehalfOf: context });
        expect(await rejection(acquiring)).toMatchObject({ code: 'ERR_SSPI_NOT_DELEGATED' });
        expect(await journalOf('AcquireCredentialsHandle')).toHaveLength(1);
      });
    });
  });
});
