import type { Kind } from './subject';

interface Difference<Outcome extends string> {
  readonly why: string;
  readonly outcome: Readonly<Record<Kind, Outcome>>;
}

const difference = <const Outcome extends string>(
  why: string,
  outcome: Readonly<Record<Kind, Outcome>>,
): Difference<Outcome> => ({ why, outcome });

/**
 * Where bindings may differ. The suite asserts each one's own outcome: whatever is not in this table is the same everywhere.
 */
export const differences = {
  misuse: difference(
    'The addon must survive a fault of the library, and answers SEC_E_INVALID_HANDLE. Scripts prove the library right, and report the fault.',
    { addon: 'invalid handle', script: 'violation', memory: 'violation' },
  ),
  overlappingLegs: difference(
    'Legs that overlap another call wait for their turn in the addon. The handshake refuses them with ERR_SSPI_BUSY before, and scripts hold it to that.',
    { addon: 'queued', script: 'violation', memory: 'violation' },
  ),
  argumentTypes: difference(
    'The addon turns arguments into pointers and lengths, and so checks each. Scripts rely on TypeScript.',
    { addon: 'checked', script: 'trusted', memory: 'trusted' },
  ),
  room: difference('Scripts put out the token that the test asks for, whatever the room.', {
    addon: 'buffer too small',
    script: 'put out',
    memory: 'put out',
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
