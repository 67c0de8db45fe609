/** Something that this machine does not have. Callers count the suites that need it as skipped, never as passed. */
export class Unavailable extends Error {
  /**
   * @param {string} reason one line for a person
   * @param {number} exitCode one of `exitCodes`
   */
  constructor(reason, exitCode = exitCodes.unavailable) {
    super(reason);
    this.name = 'Unavailable';
    this.exitCode = exitCode;
  }
}

/** The numbers of sysexits.h, so that a shell can tell the reasons apart. */
export const exitCodes = {
  usage: 64,
  unavailable: 69,
  failed: 70,
  portTaken: 75,
  notRoot: 77,
};
