import { loadBinding } from '#lib/binding/load';

const { wineVersion } = loadBinding();

/** Wine's major version; undefined on Windows. */
export const wine: number | undefined = wineVersion === undefined ? undefined : Number.parseInt(wineVersion, 10);

/**
 * A fact that differs between the platforms: each states its own, so that a difference is asserted and never skipped over.
 * @param facts what Wine 8, Wine 10 and Windows show; a version of Wine between or above shows what the nearest older does
 */
export function perPlatform<Fact>(facts: {
  readonly wine8: Fact;
  readonly wine10?: Fact;
  readonly windows: Fact;
}): Fact {
  if (wine === undefined) return facts.windows;
  return wine >= 10 && facts.wine10 !== undefined ? facts.wine10 : facts.wine8;
}
