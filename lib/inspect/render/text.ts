/** Longer texts are of no use to a reader; a hostile token can carry megabytes. */
const maxLength = 4096;

/**
 * Characters that must not reach a terminal or a page unchanged: control characters, which can overwrite other text, marks that
 * change the direction of text, line separators, unpaired surrogates, and all invisible characters
 * (Default_Ignorable_Code_Point: zero-width characters, fillers, variation selectors, the tag characters). Also a backslash
 * that would make text look like the escape of such a character.
 */
const unprintable =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufff0-\ufffb]|\\(?=u\{)/gu;

/** Makes text from a token safe to show on one line: unsafe characters become `\u{…}`. */
export function printable(text: string): string {
  const cut = text.length > maxLength;
  const shown = (cut ? text.slice(0, maxLength) : text).replace(
    unprintable,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
  if (cut) return `${shown}… (${text.length} characters)`;
  // Spaces at the ends would not be visible.
  return shown === '' || /^ | $/.test(shown) ? `"${shown}"` : shown;
}
