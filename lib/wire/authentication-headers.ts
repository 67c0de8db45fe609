/** HTTP's authentication fields (RFC 9110, section 11): challenges of a server or proxy, credentials of a client. */

/** One challenge: a scheme, with a token or with parameters. */
export interface Challenge {
  /** As the server wrote it; schemes are case-insensitive. */
  readonly scheme: string;
  /** Its token68; undefined if there is none. */
  readonly token68: string | undefined;
}

/** The challenges of WWW-Authenticate or Proxy-Authenticate, in their order. Parameters such as `realm` are ignored. */
export function challengesOf(fieldValues: readonly string[]): Challenge[] {
  return fieldValues.flatMap(membersOf).flatMap((member) => {
    // A scheme stands alone or before a blank; `realm="x"` is a parameter of the scheme before it.
    const [, scheme, rest] = /^([!#$%&'*+.^_`|~\w-]+)(?:\s+([^\s=].*))?$/s.exec(member) ?? [];
    return scheme === undefined ? [] : [{ scheme, token68: rest !== undefined && isToken68(rest) ? rest : undefined }];
  });
}

/** The schemes of WWW-Authenticate fields, each once, in their order. */
export function schemesOf(fieldValues: readonly string[]): string[] {
  return [...new Set(challengesOf(fieldValues).map(({ scheme }) => scheme))];
}

/** The token of a scheme; undefined where there is none. */
export function tokenOf(fieldValues: readonly string[], scheme: string): Buffer | undefined {
  const challenge = challengesOf(fieldValues).find(
    (candidate) => isScheme(candidate.scheme, scheme) && candidate.token68 !== undefined,
  );
  return challenge?.token68 === undefined ? undefined : decodeToken(challenge.token68);
}

/** The credentials of one Authorization or Proxy-Authorization field. */
export interface FieldCredentials {
  readonly scheme: string;
  /** What follows the scheme, without blanks around it; empty where nothing does. */
  readonly rest: string;
}

/** Splits the value of Authorization or Proxy-Authorization; undefined where it begins with no scheme. */
export function credentialsOf(fieldValue: string): FieldCredentials | undefined {
  const [, scheme, rest] = /^\s*([!#$%&'*+.^_`|~\w-]+)(?:\s+(.*?))?\s*$/s.exec(fieldValue) ?? [];
  return scheme === undefined ? undefined : { scheme, rest: rest ?? '' };
}

/** Schemes have no case (RFC 9110, section 11.1). */
export const isScheme = (found: string, scheme: string): boolean => found.toLowerCase() === scheme.toLowerCase();

/**
 * The bytes of a token in base64 (RFC 4559, section 4.1), with or without padding; undefined for anything else. Node's decoder
 * skips unknown characters, so that two different texts would be the same token.
 */
export function decodeToken(text: string): Buffer | undefined {
  const unpadded = /^([A-Za-z0-9+/]+)(={0,2})$/.exec(text);
  const [, digits = '', padding = ''] = unpadded ?? [];
  if (digits.length % 4 === 1 || (padding !== '' && (digits.length + padding.length) % 4 !== 0)) return undefined;
  return digits === '' ? undefined : Buffer.from(digits, 'base64');
}

const isToken68 = (text: string): boolean => /^[A-Za-z0-9\-._~+/]+=*$/.test(text);

/** The members of a comma-separated list (RFC 9110, section 5.6.1), whose quoted strings may hold commas. */
function membersOf(list: string): string[] {
  const members = list.match(/(?:"(?:\\.|[^"\\])*"|[^",])+/gs) ?? [];
  return members.map((member) => member.trim()).filter((member) => member !== '');
}
