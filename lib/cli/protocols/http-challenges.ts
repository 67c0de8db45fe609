/** The schemes of WWW-Authenticate headers, in their order. */
export function schemesOf(challenges: readonly string[]): string[] {
  const schemes = new Set<string>();
  for (const challenge of challenges) {
    for (const part of splitOutsideQuotes(challenge)) {
      // A scheme stands alone or before a blank; `realm="x"` is a parameter of the scheme before it.
      const [, scheme] = /^([!#$%&'*+.^_`|~\w-]+)(?:\s+[^\s=].*)?$/s.exec(part) ?? [];
      if (scheme !== undefined) schemes.add(scheme);
    }
  }
  return [...schemes];
}

/** The token of a scheme; undefined where there is none. */
export function tokenOf(challenges: readonly string[], scheme: string): Buffer | undefined {
  for (const challenge of challenges) {
    for (const part of splitOutsideQuotes(challenge)) {
      const [, name, token] = /^(\S+)\s+([A-Za-z0-9+/]+=*)$/.exec(part) ?? [];
      if (name?.toLowerCase() === scheme.toLowerCase() && token !== undefined) return Buffer.from(token, 'base64');
    }
  }
  return undefined;
}

/** The members of a comma-separated list (RFC 9110, section 5.6.1), whose quoted strings may hold commas. */
function splitOutsideQuotes(list: string): string[] {
  const members = list.match(/(?:"(?:\\.|[^"\\])*"|[^",])+/gs) ?? [];
  return members.map((member) => member.trim()).filter((member) => member !== '');
}
