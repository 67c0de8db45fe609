import type * as api from 'sspi';
import type * as testing from 'sspi/testing';

/**
 * Compile-time checks: each line under @ts-expect-error must not compile, and everything else must. They run when the test
 * project is built; at run time there is nothing left to do.
 */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Compiles only where both types are one, which its argument says. */
function same<A, B>(is: Same<A, B>): unknown {
  return is;
}

export function checks(
  sspi: typeof api,
  credentials: api.Credentials,
  handshake: api.Handshake,
  context: api.SecurityContext,
  kit: typeof testing,
) {
  return [
    async () => {
      const made = await sspi.acquireCredentials({
        package: 'Negotiate',
        use: 'outbound',
        identity: { user: 'a', password: 'p' },
      });
      same<typeof made, api.Credentials>(true);
      await using inBlock = made;
      using alsoInBlock = made;
      // @ts-expect-error -- `use` is required
      await sspi.acquireCredentials({ package: 'Negotiate' });
      // @ts-expect-error -- an identity has a password
      await sspi.acquireCredentials({ package: 'Negotiate', use: 'both', identity: { user: 'a' } });
      // Credentials come from acquireCredentials only: the class is exported as a type.
      same<'Credentials' extends keyof typeof api ? true : false, false>(true);
      return [inBlock, alsoInBlock];
    },
    () => {
      sspi.initiate(credentials, {
        target: 'HTTP/x',
        flags: ['mutualAuth', 'noIntegrity'],
        require: { flags: ['mutualAuth'] },
      });
      sspi.accept(credentials, {
        flags: ['allowMissingBindings', 'proxyBindings'],
        require: { packages: ['Kerberos'] },
      });
      // @ts-expect-error -- only an acceptor has allowMissingBindings
      sspi.initiate(credentials, { flags: ['allowMissingBindings'] });
      // @ts-expect-error -- only an initiator has noIntegrity
      sspi.accept(credentials, { flags: ['noIntegrity'] });
      // @ts-expect-error -- an acceptor has no target
      sspi.accept(credentials, { target: 'HTTP/x' });
      // @ts-expect-error -- a promise of credentials is no credentials
      sspi.initiate(Promise.resolve(credentials)); // eslint-disable-line @typescript-eslint/no-unsafe-class-instance-assignment -- the mistake is the point
    },
    async () => {
      for await (const { token } of handshake.legs([Buffer.alloc(1)])) {
        same<typeof token, Buffer>(true);
        token.toString('hex');
      }
      const legs = handshake.legs();
      const end = await legs.next();
      if (end.done === true) same<typeof end.value, api.SecurityContext>(true);
      const leg = await handshake.step(new Uint8Array(1));
      same<typeof leg.token, Buffer | undefined>(true);
      // @ts-expect-error -- legs are read-only
      leg.token = Buffer.alloc(0);
      // @ts-expect-error -- tokens are bytes, not base64
      await handshake.step('dG9rZW4=');
    },
    async () => {
      same<ReturnType<typeof context.queryAttribute<'names'>>, Promise<string>>(true);
      same<ReturnType<typeof context.queryAttribute<'nativeNames'>>, Promise<api.NativeNames>>(true);
      // @ts-expect-error -- no such attribute
      await context.queryAttribute('name');
      const answer: number = context.impersonate(() => 42);
      // @ts-expect-error -- asynchronous work does not run as the client
      void context.impersonate(async () => 42);
      context.wrap(new DataView(new ArrayBuffer(1)), { encrypt: false });
      context.encrypt([
        { type: 'data', data: Buffer.alloc(1), readOnly: 'checksum' },
        { type: 'token', room: 60 },
      ]);
      // @ts-expect-error -- unknown buffer type
      context.encrypt([{ type: 'tokens' }]);
      if (context.flags.includes('mutualAuth')) return answer;
      // @ts-expect-error -- no such flag
      return context.flags.includes('mutual');
    },
    (error: unknown) => {
      if (sspi.SspiError.isSspiError(error, 'SEC_E_LOGON_DENIED')) same<typeof error.code, 'SEC_E_LOGON_DENIED'>(true);
      if (error instanceof sspi.SspiError) {
        same<typeof error.code, api.SspiErrorCode>(true);
        same<typeof error.token, Buffer | undefined>(true);
        if (error.code === 'NTSTATUS_0xC0DE0001') return;
        // @ts-expect-error -- no such code
        if (error.code === 'SEC_E_LOGIN_DENIED') return;
      }
    },
    (recording: testing.Recording) => {
      const providers: testing.Provider[] = [
        kit.memoryProvider(),
        kit.scriptedProvider(),
        new kit.ScriptedProvider({ clientName: 'alice' }),
        kit.playRecording(recording),
      ];
      for (const provider of providers) kit.useProvider(provider).restore();
      const scripted: testing.ScriptedProvider = kit.memoryProvider();
      same<ReturnType<typeof scripted.callsOf<'OpenProcessToken'>>[number]['api'], 'OpenProcessToken'>(true);
      scripted.assertClean();
      // What a provider consists of is the package's own business, and nobody else makes one.
      same<'createContext' extends keyof testing.Provider ? true : false, false>(true);
      same<'createContext' extends keyof testing.ScriptedProvider ? true : false, false>(true);
      // @ts-expect-error -- no own implementation
      const own: testing.Provider = { liveCounts: () => ({ credentials: 0, contexts: 0, buffers: 0, calls: 0 }) };
      return own;
    },
  ];
}

test('the public types compile', () => expect(checks).toHaveLength(5));
