/** The logons that the claims are about. */

export const usualFlags = ['integrity', 'confidentiality', 'replayDetect', 'sequenceDetect'];

/** @typedef {import('./handshake.mjs').Logon} Logon */

/** The user that runs this, to this process. @returns {Logon} */
export const ownLogon = (packageName) => loopback({ package: packageName }, { package: packageName });

/** An account by its password, to this process. @returns {Logon} */
export const accountLogon = (packageName, identity) =>
  loopback({ package: packageName, identity }, { package: packageName });

/**
 * By Kerberos, to a service principal of this machine, with mutual authentication.
 * @param {import('./machine.mjs').Machine} machine
 * @returns {Logon}
 */
export function kerberosLogon({ kerberosTarget }) {
  const logon = loopback({ package: 'Kerberos' }, { package: 'Kerberos' });
  const flags = [...usualFlags, 'mutualAuth'];
  const initiate = { target: kerberosTarget, flags, require: { flags: ['mutualAuth'] } };
  return { ...logon, initiate, accept: { flags } };
}

/**
 * One that works on this machine at all, for claims about many of them.
 * @param {import('./machine.mjs').Machine} machine
 * @returns {Logon}
 */
export const workingLogon = (machine) => (machine.wine === undefined ? ownLogon('Negotiate') : kerberosLogon(machine));

function loopback(client, server) {
  return { client, server, initiate: { flags: usualFlags }, accept: { flags: [...usualFlags, 'extendedError'] } };
}
