/** Longer texts are of no use to a reader; a hostile token can carry megabytes. */
const maxLength = 4096;

/**
 * What must not reach a terminal or a page as it is: control characters, which can rewrite what stands there already, the
 * marks that reverse the direction of writing, line separators, halves of surrogate pairs, and all that nothing is drawn for
 * (Default_Ignorable_Code_Point: zero-width characters, fillers, variation selectors, the tag characters). Also a backslash
 * that would make text look like the escape of such a character.
 */
const unprintable =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufff0-\ufffb]|\\(?=u\{)/gu;

/** Text from a token, made safe to show on one line: strange characters become `\u{…}`. */
export function printable(text: string): string {
  const cut = text.length > maxLength;
  const shown = (cut ? text.slice(0, maxLength) : text).replace(
    unprintable,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
  if (cut) return `${shown}… (${text.length} characters)`;
  // Blanks at the ends would not be seen.
  return shown === '' || /^ | $/.test(shown) ? `"${shown}"` : shown;
}
