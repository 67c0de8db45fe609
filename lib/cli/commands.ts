import type { Command } from './command';

/** A command of the table; its module is loaded when it is needed. */
export interface CommandEntry {
  readonly summary: string;
  readonly load: () => Command;
}

export const commands: Readonly<Record<string, CommandEntry>> = {
  decode: {
    summary: 'Decode a token or an authentication header (on every platform)',
    load: () => (require('./commands/decode') as typeof import('./commands/decode')).decodeCommand,
  },
  probe: {
    summary: 'Sign on to a service and show each leg as it happens',
    load: () => (require('./commands/probe') as typeof import('./commands/probe')).probeCommand,
  },
  doctor: {
    summary: 'Check this machine, and say how to fix what is wrong',
    load: () => (require('./commands/doctor') as typeof import('./commands/doctor')).doctorCommand,
  },
  run: {
    summary: 'Run a command that passes an authenticating proxy as the current user',
    load: () => (require('./commands/run') as typeof import('./commands/run')).runCommand,
  },
  whoami: {
    summary: 'Show who the current user is to each package, and until when',
    load: () => (require('./commands/whoami') as typeof import('./commands/whoami')).whoamiCommand,
  },
  packages: {
    summary: 'List the security packages that this machine offers',
    load: () => (require('./commands/packages') as typeof import('./commands/packages')).packagesCommand,
  },
};
