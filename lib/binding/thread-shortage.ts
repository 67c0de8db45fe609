import type { Binding } from './binding';

/** A hint for a call that was aborted while no thread was free: it may not even have started. */
export function threadShortage(binding: Binding): string | undefined {
  const { atWork, most, waiting, oldest } = binding.threadUse();
  if (waiting === 0 || atWork < most) return undefined;
  const others = waiting === 1 ? '1 call waits' : `${waiting} calls wait`;
  const shortage = `All ${most} threads are inside SSPI and ${others} for one, so calls are hanging: look for a domain controller that does not answer.`;
  return oldest === undefined ? shortage : `${shortage} The oldest call began ${Math.round(oldest / 1000)} s ago.`;
}
