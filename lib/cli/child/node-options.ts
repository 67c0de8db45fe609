/** NODE_OPTIONS, which Node splits at blanks; double quotes keep them, and a backslash inside of them the next character. */
export function withPreload(nodeOptions: string | undefined, file: string): string {
  const option = `--require ${quoted(file)}`;
  const given = nodeOptions?.trim() ?? '';
  if (given === '') return option;
  return given.includes(option) ? given : `${given} ${option}`;
}

function quoted(text: string): string {
  return /[\s"\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}
