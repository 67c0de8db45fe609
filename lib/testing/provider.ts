import { invalidArgument } from '../errors/make';
import { ScriptedProvider as ScriptedBinding } from './scripted-provider';
import type { Binding, LiveCounts } from '../binding/binding';
import type { BindingScript, RecordedCall } from './script';

declare const providerBrand: unique symbol;

/**
 * What may take the place of secur32: made by {@link scriptedProvider}, {@link memoryProvider} or {@link playRecording}, and
 * handed to `useProvider`. What it consists of is this package's own business, and grows with every SSPI call that the
 * package learns to make: programs pass it on, and neither implement it nor call it.
 *
 * @example
 * ```ts
 * const provider: Provider = process.env.DOMAIN === undefined ? memoryProvider() : playRecording(recording);
 * ```
 */
export interface Provider {
  readonly [providerBrand]: 'made by this package';
}

/** A provider that plays legs as it is told: what it was asked, and whether all is well. See {@link scriptedProvider}. */
export interface ScriptedProvider extends Provider {
  /** Every call, in order. */
  readonly calls: RecordedCall[];
  /** Each breach of the rules of SSPI, such as a call on a deleted context. */
  readonly violations: string[];
  /** Wine's version where the script plays it; undefined for Windows. */
  readonly wineVersion: string | undefined;
  /** The calls of one function, in order. */
  callsOf<Api extends RecordedCall['api']>(api: Api): (RecordedCall & { readonly api: Api })[];
  /** What is alive. */
  liveCounts(): LiveCounts;
  /** Throws when anything is alive still, or when the rules were breached. */
  assertClean(): void;
}

/** The same as {@link scriptedProvider}, as a constructor. */
export const ScriptedProvider = ScriptedBinding as unknown as new (script?: BindingScript) => ScriptedProvider;

/**
 * A provider in which each leg goes as the test says: any status, token and flags, on both sides. It knows the packages
 * Negotiate, Kerberos, NTLM and Schannel unless the script names others, and `calls` has what it was asked.
 *
 * @param script The legs of initiators and acceptors, in order for each handshake or as a function of the call; everything is
 * optional.
 * @example
 * ```ts
 * const provider = scriptedProvider({
 *   initiator: [
 *     { status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('hello') },
 *     { status: 'SEC_E_OK', flags: ['mutualAuth'] },
 *   ],
 * });
 * using inUse = useProvider(provider);
 * await signOn();
 * expect(provider.callsOf('InitializeSecurityContext')[1].input).toEqual(Buffer.from('the server’s answer'));
 * ```
 */
export function scriptedProvider(script: BindingScript = {}): ScriptedProvider {
  return new ScriptedProvider(script);
}

/** A binding as programs see it. */
export function providerOf(binding: Binding): Provider {
  return binding as Binding & Provider;
}

/** The binding that a provider is, of this copy of the package or another one. */
export function bindingOf(provider: Provider): Binding {
  const binding = provider as Provider & Partial<Binding>;
  if (typeof binding?.createContext !== 'function') {
    throw invalidArgument('provider must come from scriptedProvider, memoryProvider or playRecording');
  }
  return binding as Provider & Binding;
}
