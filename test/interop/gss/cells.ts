/** What is tried: every combination of peer, mechanism, key, direction and style, with each layer. */

export const layers = ['none', 'integrity', 'confidentiality'] as const;
export type Layer = (typeof layers)[number];

export const keyTypes = ['aes256', 'aes128', 'rc4'] as const;
export type KeyType = (typeof keyTypes)[number];

export type Mechanism = 'Kerberos' | 'SPNEGO' | 'NTLM';

/** In DCE style there is a third leg and always mutual authentication, and a message's token stays apart from its data. */
export type Style = 'mutual' | 'one-way' | 'DCE';

export type PeerName = 'python3-gssapi' | 'gss-server' | 'gss-client' | 'kerberos' | 'gss-ntlmssp' | 'Samba';

export interface Combination {
  readonly peer: PeerName;
  readonly mechanism: Mechanism;
  /** Of the session key; none with NTLM. */
  readonly key: KeyType | undefined;
  readonly initiator: 'sspi' | 'peer';
  readonly style: Style;
}

export interface Cell extends Combination {
  readonly layer: Layer;
}

/** Those that can wrap and unwrap a message of 0 bytes. */
const takesNothing: ReadonlySet<PeerName> = new Set(['python3-gssapi', 'gss-client', 'Samba']);

/** In bytes. gss-ntlmssp refuses to wrap 0 bytes, gss-server and the package kerberos end when they get none. */
export const sizesOf = ({ peer }: Combination): readonly number[] =>
  takesNothing.has(peer) ? [0, 1, 4096, 65_536] : [1, 4096, 65_536];

const directions = ['sspi', 'peer'] as const;

function of(
  peer: PeerName,
  mechanisms: readonly Mechanism[],
  initiators: readonly ('sspi' | 'peer')[],
  styles: readonly Style[],
  keys: readonly (KeyType | undefined)[] = keyTypes,
): readonly Combination[] {
  return mechanisms.flatMap((mechanism) =>
    initiators.flatMap((initiator) =>
      keys.flatMap((key) => styles.map((style) => ({ peer, mechanism, key, initiator, style }))),
    ),
  );
}

export const combinations: readonly Combination[] = [
  ...of('python3-gssapi', ['Kerberos', 'SPNEGO'], directions, ['mutual', 'one-way', 'DCE']),
  ...of('gss-server', ['Kerberos', 'SPNEGO'], ['sspi'], ['mutual', 'one-way']),
  ...of('gss-client', ['Kerberos', 'SPNEGO'], ['peer'], ['mutual', 'one-way']),
  ...of('kerberos', ['Kerberos', 'SPNEGO'], ['sspi'], ['mutual', 'one-way']),
  ...of('kerberos', ['Kerberos', 'SPNEGO'], ['peer'], ['mutual', 'one-way']),
  ...of('gss-ntlmssp', ['NTLM', 'SPNEGO'], directions, ['one-way'], [undefined]),
  ...of('Samba', ['Kerberos'], ['sspi'], ['mutual'], ['aes256', 'rc4']),
  ...of('Samba', ['SPNEGO'], ['sspi'], ['mutual', 'one-way'], ['aes256', 'rc4']),
  ...of('Samba', ['NTLM'], ['sspi'], ['one-way'], [undefined]),
];

/** A server of the package kerberos establishes contexts and can do nothing with them. */
export const protects = ({ peer, initiator }: Combination): boolean => peer !== 'kerberos' || initiator === 'peer';

export const layersOf = (combination: Combination): readonly Layer[] => (protects(combination) ? layers : ['none']);

export const nameOf = ({ peer, mechanism, key, initiator, style }: Combination): string =>
  [peer, mechanism, key ?? '-', initiator === 'sspi' ? 'sspi to peer' : 'peer to sspi', style].join(', ');

/** How a cell ended. */
export interface Outcome {
  readonly name: string;
  readonly layer: Layer;
  /** Undefined if everything worked. */
  readonly failure?: string;
  /** What the messages of this side look like. */
  readonly form?: 'RFC 4121' | 'RFC 4757' | 'MS-NLMP';
}

/** What a message of `size` bytes contains. */
export function contentOf(size: number): Buffer {
  const content = Buffer.alloc(size);
  for (let i = 0; i < size; i++) content[i] = i % 251;
  return content;
}

/** What scripts/lab/peers/gss.mjs tells. */
export interface GssDescription {
  readonly ports: Readonly<Record<string, number>>;
  readonly krb5Conf: string;
  readonly cache: string;
  readonly keytab: string;
  readonly keys: Readonly<Record<KeyType, KeyDescription>>;
  /** Of the domain controller's LDAP server. */
  readonly directory: Readonly<Partial<Record<KeyType, KeyDescription>>>;
}

export interface KeyDescription {
  readonly spn: string;
  readonly service: string;
  readonly host: string;
  /** Why the domain controller makes no ticket with such a session key. */
  readonly refused?: string;
}
