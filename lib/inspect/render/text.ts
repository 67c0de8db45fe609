/** Longer texts are of no use to a reader; a hostile token can carry megabytes. */
const maxLength = 4096;

/**
 * What must not reach a terminal or a page as it is: control characters, which can rewrite what stands there already, the
 * marks that reverse the direction of writing, line separators, invisible characters and halves of surrogate pairs.
 */
const unprintable =
  // eslint-disable-next-line no-control-regex -- they are what it is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ud800-\udfff]/gu;

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
