import { accept, initiate } from '../../handshake/begin';
import { acquireCredentials } from '../../credentials/credentials';
import { invalidArgument } from '../../errors/make';
import { bindingOf } from '../provider';
import { memoryProvider } from './provider';
import type { AcceptOptions, InitiateOptions } from '../../handshake/options';
import type { MemoryDomainOptions } from './domain';
import type { SecurityContext } from '../../context/security-context';

/** Options of {@link memoryPeers}. */
export interface MemoryPeersOptions extends MemoryDomainOptions {
  /** Default: `'Negotiate'`. */
  readonly package?: 'Negotiate' | 'Kerberos' | 'NTLM' | undefined;
  /** The initiator's. Default: target `HTTP/server.example.test`, mutualAuth, confidentiality, integrity and sequenceDetect. */
  readonly initiate?: InitiateOptions | undefined;
  /** The acceptor's. */
  readonly accept?: AcceptOptions | undefined;
}

/** Two established contexts that are each other's peer. */
export interface MemoryPeers {
  readonly initiator: SecurityContext;
  readonly acceptor: SecurityContext;
  /** Frees both, and their credentials. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Two peers that have signed on to each other in memory, for code that wraps and unwraps: each opens what the other protects,
 * and a changed, repeated or reordered message is refused. No provider needs to be in use.
 *
 * @throws {SspiError} The error of the handshake, if the options make it fail.
 * @example
 * ```ts
 * await using peers = await memoryPeers();
 * const sealed = peers.initiator.wrap(Buffer.from('hello'));
 * sealed[sealed.length - 1] ^= 1;
 * expect(() => peers.acceptor.unwrap(sealed)).toThrow(); // SEC_E_MESSAGE_ALTERED
 * ```
 */
export async function memoryPeers(options: MemoryPeersOptions = {}): Promise<MemoryPeers> {
  const { package: name = 'Negotiate', initiate: initiateOptions, accept: acceptOptions, ...domain } = options;
  const binding = bindingOf(memoryProvider(domain));
  const load = (): typeof binding => binding;
  const outbound = await acquireCredentials({ package: name, use: 'outbound' }, load);
  const inbound = await acquireCredentials({ package: name, use: 'inbound' }, load);
  const client = initiate(outbound, {
    target: 'HTTP/server.example.test',
    flags: ['mutualAuth', 'confidentiality', 'integrity', 'sequenceDetect'],
    ...initiateOptions,
  });
  const server = accept(inbound, acceptOptions);
  const dispose = async (): Promise<void> => {
    await Promise.all([client.dispose(), server.dispose()]);
    await Promise.all([outbound.dispose(), inbound.dispose()]);
  };
  try {
    let leg = await client.step();
    for (;;) {
      const answer = leg.token === undefined ? undefined : await server.step(leg.token);
      if (!leg.expectsReply) break;
      if (answer?.token === undefined) throw invalidArgument('the handshake of the two sides did not finish');
      leg = await client.step(answer.token);
    }
    return { initiator: client.context, acceptor: server.context, dispose, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
