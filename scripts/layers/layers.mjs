/** The layers of lib/: what each holds, and what it may know of. See docs/architecture.md. */

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {RegExp} holds its modules
 * @property {readonly string[]} may the other layers that its modules may import, in whichever way
 * @property {readonly string[]} [packages] what it may load from outside, besides Node's own modules
 */

const ground = ['loading', 'wire', 'ground'];
const platform = [...ground, 'platform'];
const events = [...platform, 'events'];
const credentials = [...events, 'credentials'];
const context = [...credentials, 'context'];
const handshake = [...context, 'handshake'];
const core = [...handshake, 'explain', 'entry'];
const adapters = ['http', 'sasl', 'driver'];

/** @type {readonly Layer[]} */
export const layers = [
  {
    name: 'ground',
    holds: /^(errors|flags)\/|^(abort-watch|arguments|dispose|sid|well-known-sids)\.ts$/,
    may: ['loading', 'wire'],
  },
  {
    name: 'platform',
    holds: /^(accounts|binding|channel-bindings|extended-protection)\/|^(abortable|packages|stats|wine)\.ts$/,
    may: ground,
  },
  { name: 'events', holds: /^events\//, may: platform },
  { name: 'credentials', holds: /^credentials\//, may: events },
  { name: 'context', holds: /^context\//, may: credentials },
  { name: 'handshake', holds: /^handshake\//, may: context },
  { name: 'explain', holds: /^explain\//, may: [...credentials, 'inspect'] },
  { name: 'entry', holds: /^index\.m?ts$/, may: [...handshake, 'explain'] },

  { name: 'loading', holds: /^(injected|once)\.ts$/, may: [] },
  { name: 'wire', holds: /^wire\//, may: [] },
  { name: 'inspect', holds: /^inspect\//, may: [] },

  { name: 'adapters', holds: /^adapters\//, may: ['entry'] },
  { name: 'http', holds: /^http\//, may: ['loading', 'entry', 'wire', 'adapters'], packages: ['undici'] },
  { name: 'sasl', holds: /^sasl\//, may: ['loading', 'entry', 'wire', 'adapters'] },
  {
    name: 'driver',
    holds: /^(kerberos|ldap|mssql|postgres)\//,
    may: ['loading', 'entry', 'wire', 'adapters', 'http', 'sasl'],
  },

  { name: 'testing', holds: /^testing\//, may: [...core, 'inspect'] },
  { name: 'cli', holds: /^cli\//, may: [...core, ...adapters, 'wire', 'inspect'] },
];

/**
 * The modules below explain/ that know of it, and load it when it is needed: `SspiError.explain`, and the event that says why NTLM was
 * chosen, while somebody has subscribed to it.
 */
export const explainers = ['errors/sspi-error.ts', 'events/publisher.ts'];
