import { accept, acquireCredentials, tlsUnique, type Credentials } from 'sspi';
import type { Authenticator } from './server';
import type { TLSSocket } from 'node:tls';

/** Accepts with this package; what stands in for secur32 is the caller's business. */
export function sspiAuthenticator(
  options: { readonly epa?: 'required' | 'allowed' | 'off' } = {},
): (tls: TLSSocket | undefined) => Promise<Authenticator & { readonly credentials: Credentials }> {
  const { epa = 'off' } = options;
  return async (tls) => {
    const credentials = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
    const bindings =
      epa === 'off' || tls === undefined || tls.getProtocol() === 'TLSv1.3' ? undefined : tlsUnique(tls, 'acceptor');
    const server = accept(credentials, {
      ...(bindings !== undefined && {
        channelBindings: bindings,
        extendedProtection: epa === 'required' ? 'always' : 'whenSupported',
      }),
    });
    if (epa === 'required' && bindings === undefined) throw new Error('nothing to bind to');
    let user: string | undefined;
    return {
      credentials,
      get user() {
        return user;
      },
      async step(token) {
        const leg = await server.step(token);
        if (!leg.expectsReply) user = server.context.clientName;
        return leg.token;
      },
      async dispose() {
        await server.dispose();
        await credentials.dispose();
      },
    };
  };
}

/** Answers `legs` tokens of the client's, whatever they are, with tokens of a size; the last one of the client ends it. */
export function scriptedAuthenticator(legs: number, size: number): () => Promise<Authenticator & { tokens: Buffer[] }> {
  return () => {
    const tokens: Buffer[] = [];
    const authenticator = {
      tokens,
      user: undefined as string | undefined,
      step(token: Buffer): Promise<Buffer | undefined> {
        tokens.push(token);
        if (tokens.length < legs) return Promise.resolve(Buffer.alloc(size, tokens.length));
        authenticator.user = 'scripted';
        return Promise.resolve(undefined);
      },
      dispose: () => Promise.resolve(),
    };
    return Promise.resolve(authenticator);
  };
}
