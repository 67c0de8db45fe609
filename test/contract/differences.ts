import type { Kind } from './subject';

interface Difference<Outcome extends string> {
  readonly why: string;
  readonly outcome: Readonly<Record<Kind, Outcome>>;
}

const difference = <const Outcome extends string>(
  why: string,
  outcome: Readonly<Record<Kind, Outcome>>,
): Difference<Outcome> => ({ why, outcome });

/** Where bindings may differ. The suite asserts the outcome of each; whatever is not in this table is the same everywhere. */
export const differences = {
  misuse: difference(
    'The addon must survive a mistake of the library, and returns SEC_E_INVALID_HANDLE. The scripted provider exists to find such mistakes, and reports them.',
    { addon: 'invalid handle', script: 'violation', memory: 'violation' },
  ),
  overlappingLegs: difference(
    'In the addon, a leg waits until the calls before it have returned. A handshake never makes such a leg (ERR_SSPI_BUSY), and the scripted provider checks that.',
    { addon: 'queued', script: 'violation', memory: 'violation' },
  ),
  argumentTypes: difference(
    'The addon turns arguments into pointers and lengths, and therefore checks each. The scripted provider relies on TypeScript.',
    { addon: 'checked', script: 'trusted', memory: 'trusted' },
  ),
  room: difference('The scripted provider returns the token of the script, whatever the size of the output buffer.', {
    addon: 'buffer too small',
    script: 'returned',
    memory: 'returned',
  }),
  threads: difference('Only the addon has threads, which are bounded.', {
    addon: 'bounded',
    script: 'unbounded',
    memory: 'unbounded',
  }),
  scenes: difference(
    'The in-memory domain plays real handshakes only; its calls are those of the scripted provider, which plays scenes.',
    { addon: 'played', script: 'played', memory: 'none' },
  ),
} as const;
