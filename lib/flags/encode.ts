import { describe } from '../arguments';
import { invalidArgument, usageError } from '../errors/make';
import { grantsOf, requestsOf, type AllowReplay, type FlagTable } from './tables';
import type { acceptorFlags, initiatorFlags } from './tables';
import type { Role } from './sides';

const ownedByBinding = ['allocateMemory', 'messages', 'fragmentToFit'];

const allowReplay: AllowReplay = 'allowReplay';

/**
 * The bits that a list of names requests. If message protection is requested, so is the detection of repeated, lost and
 * reordered messages (RFC 2743, 1.2.3), unless `allowReplay` is among the names.
 */
export function encodeRequest(names: unknown, role: Role): number {
  const allowed = Array.isArray(names) && names.includes(allowReplay);
  const bits = encodeFlags(allowed ? names.filter((name) => name !== allowReplay) : names, role, 'requested');
  const protects = (bits & (requestBit(role, 'confidentiality') | requestBit(role, 'integrity'))) !== 0;
  if (!protects || allowed) return bits;
  return (bits | requestBit(role, 'replayDetect') | requestBit(role, 'sequenceDetect')) >>> 0;
}

function requestBit(role: Role, name: keyof typeof initiatorFlags & keyof typeof acceptorFlags): number {
  return requestsOf(role)[name] as number;
}

/** The bits of a list of SSPI's names. */
export function encodeFlags(names: unknown, role: Role, kind: 'requested' | 'required'): number {
  const option = kind === 'requested' ? 'flags' : 'require.flags';
  if (names === undefined) return 0;
  if (!Array.isArray(names)) throw invalidArgument(`${option} must be an array of names, not ${describe(names)}`);
  const table: FlagTable = kind === 'requested' ? requestsOf(role) : grantsOf(role);
  let bits = 0;
  for (const name of names as unknown[]) {
    if (typeof name !== 'string') throw invalidArgument(`${option} must contain names, not ${describe(name)}`);
    if (!Object.hasOwn(table, name)) throw unknownFlag(name, role, option, table);
    bits |= table[name] as number;
  }
  return bits >>> 0;
}

function unknownFlag(name: string, role: Role, option: string, table: FlagTable): Error {
  const message = `${option}: "${name}" is not a flag of ${role === 'initiator' ? 'a client' : 'a server'}.`;
  if (ownedByBinding.includes(name)) {
    return usageError('ERR_SSPI_UNKNOWN_FLAG', message, {
      hint: 'The addon owns the memory and passes whole tokens: remove this flag.',
    });
  }
  const known = option === 'flags' ? [...Object.keys(table), allowReplay] : Object.keys(table);
  const near = known.find((flag) => flag.toLowerCase() === name.toLowerCase().replace(/^(isc|asc)_re[qt]_|_/g, ''));
  const hint = near === undefined ? `Known: ${known.join(', ')}.` : `It is spelled "${near}".`;
  return usageError('ERR_SSPI_UNKNOWN_FLAG', message, { hint });
}
