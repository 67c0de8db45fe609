/** This side of a cell: the handshake with the flags of its style and layer. */
import { accept, acquireCredentials, initiate, type Credentials, type Handshake, type SecurityContext } from 'sspi';
import type { Cell, KeyDescription, Layer, Style } from '../cells';

const flagsOfLayer = {
  none: [],
  integrity: ['integrity'],
  confidentiality: ['integrity', 'confidentiality'],
} as const satisfies Record<Layer, readonly string[]>;

const flagsOfStyle = {
  'one-way': [],
  mutual: ['mutualAuth'],
  DCE: ['mutualAuth', 'useDceStyle'],
} as const satisfies Record<Style, readonly string[]>;

const packages = { Kerberos: 'Kerberos', SPNEGO: 'Negotiate', NTLM: 'NTLM' } as const;

/** The credentials of all cells, each acquired once. */
export class Logons implements AsyncDisposable {
  readonly #acquired = new Map<string, Promise<Credentials>>();

  constructor(readonly ntlmUser: { readonly user: string; readonly domain: string; readonly password: string }) {}

  for(cell: Cell): Promise<Credentials> {
    const use = cell.initiator === 'sspi' ? 'outbound' : 'inbound';
    const ntlm = cell.key === undefined;
    const name = [packages[cell.mechanism], use, ntlm].join();
    const known = this.#acquired.get(name);
    if (known !== undefined) return known;
    const identity = ntlm && use === 'outbound' ? this.ntlmUser : undefined;
    const acquired = acquireCredentials({ package: packages[cell.mechanism], use, identity });
    this.#acquired.set(name, acquired);
    return acquired;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const acquired of this.#acquired.values()) await (await acquired).dispose();
  }
}

export function begin(cell: Cell, credentials: Credentials, key: KeyDescription): Handshake {
  const ofLayer = flagsOfLayer[cell.layer];
  const ofStyle = flagsOfStyle[cell.style];
  if (cell.initiator === 'peer') {
    return accept(credentials, { flags: [...ofLayer, ...ofStyle], require: { flags: ofLayer } });
  }
  const flags = [...ofLayer, ...ofStyle];
  return initiate(credentials, { target: key.spn, flags, require: { flags } });
}

/** Establishes the context over tokens that `receive` and `send` carry. */
export async function establish(
  handshake: Handshake,
  receive: () => Promise<Buffer>,
  send: (token: Buffer) => void,
): Promise<SecurityContext> {
  let leg = handshake.role === 'initiator' ? await handshake.step() : await handshake.step(await receive());
  for (;;) {
    if (leg.token !== undefined && leg.token.length > 0) send(leg.token);
    if (!leg.expectsReply) return handshake.context;
    leg = await handshake.step(await receive());
  }
}

/** What must hold for a context whatever the peer is. */
export function check(cell: Cell, { flags }: SecurityContext): void {
  if (cell.initiator === 'sspi' && flags.includes('mutualAuth') !== (cell.style !== 'one-way')) {
    throw new Error(`the flags of a context that is ${cell.style}: ${flags.join(' ')}`);
  }
}
