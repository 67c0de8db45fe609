import type { AvPair, NtlmAuthenticate } from '../../inspect';

type ValueOf<Name extends string> = Extract<AvPair, { readonly name: Name }>['value'];

export function avPair<Name extends AvPair['name']>(pairs: readonly AvPair[], name: Name): ValueOf<Name> | undefined {
  return pairs.find((pair) => pair.name === name)?.value as ValueOf<Name> | undefined;
}

/** In milliseconds since 1970 UTC. */
export function avTime(pairs: readonly AvPair[] | undefined): number | undefined {
  const time = pairs && avPair(pairs, 'MsvAvTimestamp');
  return time === undefined ? undefined : Date.parse(time.iso);
}

export function isAnonymous({ userName, ntResponse }: NtlmAuthenticate): boolean {
  return userName === '' && ntResponse.type === 'absent';
}

export function accountOf({ domainName, userName }: NtlmAuthenticate): string {
  return domainName === '' ? userName : `${domainName}\\${userName}`;
}
