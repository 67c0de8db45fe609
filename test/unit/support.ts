import { scriptedProvider, type ScriptedProvider } from '#lib/testing/scripted-provider';
import type { BindingScript } from '#lib/testing/script';
import { useBinding } from '#lib/binding/load';
import { acquireCredentials, type AcquireCredentialsOptions, type Credentials } from 'sspi';

export { drain, rejection, thrown } from '../outcome';

export const SEC_E_OK = 0;
export const CONTINUE = 0x00090312;
export const COMPLETE_NEEDED = 0x00090313;
export const COMPLETE_AND_CONTINUE = 0x00090314;
export const INCOMPLETE_CREDENTIALS = 0x00090320;
export const INCOMPLETE_MESSAGE = 0x80090318;
export const INVALID_TOKEN = 0x80090308;
export const LOGON_DENIED = 0x8009030c;

const bindings: ScriptedProvider[] = [];

/** Puts a scripted binding in place of secur32; `afterEach(expectClean)` holds it to its contract. */
export function script(steps: BindingScript): ScriptedProvider {
  const binding = scriptedProvider(steps);
  bindings.push(binding);
  useBinding(binding);
  return binding;
}

/** Credentials for both sides, of a scripted package. */
export function credentialsFor(
  packageName = 'Negotiate',
  extra: Partial<AcquireCredentialsOptions> = {},
): Promise<Credentials> {
  return acquireCredentials({ package: packageName, use: 'both', ...extra });
}

/** Nothing may be alive and no contract breached when a test ends. */
export async function expectClean(): Promise<void> {
  useBinding(undefined);
  for (const binding of bindings.splice(0)) {
    await settled();
    binding.assertClean();
  }
}

/** Lets all that is due happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise that the test settles. */
export function gate(): { promise: Promise<void>; open: () => void } {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

export const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** An iterable of tokens that never come. */
export const silence: AsyncIterable<Buffer> = {
  [Symbol.asyncIterator]: () => ({
    next: () =>
      new Promise(() => {
        // forever
      }),
  }),
};
