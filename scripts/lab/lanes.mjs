/** The lanes that this platform can have. */
import { DebianRoot } from './debian-root.mjs';
import { machine } from './roots.mjs';
import { WindowsLane } from './windows-lane.mjs';
import { WineLane } from './wine-lane.mjs';

/** @typedef {WineLane | WindowsLane} Lane */

/** @type {Lane[]} */
const available =
  process.platform === 'win32'
    ? [new WindowsLane()]
    : [
        // Debian 12's Wine. V8 of Node 24 and 26 does not start there.
        new WineLane('wine8', [22], machine),
        new WineLane('wine10', [22, 24, 26], new DebianRoot('trixie')),
      ];

/** @type {Record<string, Lane>} */
export const lanes = Object.fromEntries(available.map((lane) => [lane.name, lane]));

export const defaultLane = available[0].name;
