import { checkedOptions, checkedString, describe } from '../arguments';
import { invalidArgument } from '../errors/make';
import { lower, type CheckedBounds, type PackageBounds } from './package-bounds';

export function checkedBounds(value: PackageBounds | undefined): CheckedBounds | undefined {
  if (value === undefined) return undefined;
  const { allow, deny } = checkedOptions(value, 'packages', ['allow', 'deny']);
  const allowed = allow === undefined ? undefined : packageNames(allow, 'packages.allow');
  const denied = deny === undefined ? [] : packageNames(deny, 'packages.deny');
  if (allowed?.length === 0) throw invalidArgument('packages.allow is empty: nothing could be negotiated');
  const list = [...(allowed ?? []), ...denied.map((name) => `!${name}`)].join(',');
  if (list === '') return undefined;
  return { allow: allowed && new Set(allowed.map(lower)), deny: new Set(denied.map(lower)), list };
}

export function packageNames(value: unknown, name: string): string[] {
  if (!Array.isArray(value)) throw invalidArgument(`${name} must be an array of package names, not ${describe(value)}`);
  return value.map((entry: unknown) => {
    const text = checkedString(entry, `${name}'s entry`);
    if (/[,!\s]/.test(text)) throw invalidArgument(`${name} contains "${text}", which is not the name of a package`);
    return text;
  });
}
