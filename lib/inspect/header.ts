import { decodeBytes } from './decode-bytes';
import { InspectError } from './error';
import { DecodePath } from './reading';
import { decodeBase64, type HeaderText } from './text';
import type { HttpAuthentication, HttpAuthenticationEntry, HttpAuthenticationParameter } from './types';
import { info, warning, type Draft, type Masked, type Note } from './values';

/** The schemes whose credentials are one SSPI token in base64. */
const tokenSchemes = new Set(['negotiate', 'nego2', 'ntlm', 'kerberos']);

/** auth-params of credentials that are not secret. */
const harmlessParameters = new Set([
  'realm',
  'username',
  'uri',
  'algorithm',
  'qop',
  'nc',
  'nonce',
  'opaque',
  'scope',
  'error',
]);

const tokenCharacter = /[!#$%&'*+.^_`|~0-9A-Za-z-]/;

/** Reads header values by RFC 9110 section 11: lists of challenges, or one set of credentials. */
export function decodeHeaders(headers: readonly HeaderText[], reveal: boolean): HttpAuthentication {
  const path = new DecodePath();
  const root = path.enter<Draft<HttpAuthentication>>('', { kind: 'http' });
  const entries: HttpAuthenticationEntry[] = path.enter('entries', []);
  for (const header of headers) new HeaderReader(header, path, entries, reveal).read();
  path.leave();
  path.leave();
  root.entries = entries;
  root.notes = overview(entries);
  return root as HttpAuthentication;
}

function overview(entries: readonly HttpAuthenticationEntry[]): Note[] {
  const challenges = entries.filter(({ header }) => header !== undefined && /-authenticate$/i.test(header));
  const offered = challenges.filter(({ token }) => token === undefined).map(({ scheme }) => scheme.toLowerCase());
  if (offered.includes('ntlm') && !offered.includes('negotiate')) {
    return [warning('the server offers NTLM but not Negotiate: no Kerberos here')];
  }
  return [];
}

class HeaderReader {
  readonly #header: HeaderText;
  readonly #path: DecodePath;
  readonly #entries: HttpAuthenticationEntry[];
  readonly #reveal: boolean;
  readonly #isCredentials: boolean;
  #at = 0;

  constructor(header: HeaderText, path: DecodePath, entries: HttpAuthenticationEntry[], reveal: boolean) {
    this.#header = header;
    this.#path = path;
    this.#entries = entries;
    this.#reveal = reveal;
    this.#isCredentials = header.name !== undefined && /authorization$/i.test(header.name);
  }

  read(): void {
    this.#skip(/[\s,]/);
    while (this.#at < this.#header.value.length) {
      this.#entry();
      this.#skip(/[\s,]/);
    }
  }

  /** One scheme with its token68 or its parameters. */
  #entry(): void {
    const path = this.#path;
    const { name } = this.#header;
    const index = this.#entries.length;
    const entry = path.enter<Draft<HttpAuthenticationEntry>>(index, name === undefined ? {} : { header: name });
    if (path.exceeded !== undefined) path.fail('ERR_SSPI_INSPECT_LIMIT', path.exceeded, this.#offset, '');
    const scheme = this.#token('scheme');
    entry.scheme = scheme;
    const notes: Note[] = [];
    entry.notes = notes;
    this.#skip(/\s/);
    const lower = scheme.toLowerCase();
    if (tokenSchemes.has(lower)) {
      this.#sspiToken(entry, notes);
    } else {
      const single = this.#token68();
      if (single !== undefined) this.#secret(entry, lower, single, notes);
      else this.#parameters(entry);
    }
    this.#entries.push(entry as HttpAuthenticationEntry);
    path.leave();
  }

  #sspiToken(entry: Draft<HttpAuthenticationEntry>, notes: Note[]): void {
    const { value, offset } = this.#header;
    const comma = value.indexOf(',', this.#at);
    const end = comma === -1 ? value.length : comma;
    const text = value.slice(this.#at, end);
    const start = this.#at;
    this.#at = end;
    if (text.trim() === '') {
      notes.push(info(this.#isCredentials ? 'no token' : 'offered; no token yet'));
      return;
    }
    let bytes: Buffer;
    try {
      bytes = decodeBase64(text, offset + start);
    } catch (error) {
      if (!(error instanceof InspectError)) throw error;
      return this.#path.fail(error.code, 'the token is not base64', error.offset, 'token');
    }
    entry.token = decodeBytes(bytes, this.#reveal, this.#path, 'token');
  }

  /** token68, when it is followed by nothing or a comma; `name=` with more behind it is a parameter. */
  #token68(): string | undefined {
    const { value } = this.#header;
    const start = this.#at;
    const characters = /[A-Za-z0-9\-._~+/]/;
    this.#skip(characters);
    const hasText = this.#at > start;
    // Credentials are alone in their header: what stands on the lines below is of the same token.
    const mayBeFolded = hasText && (this.#isCredentials || this.#header.name === undefined);
    while (mayBeFolded && this.#skipFold()) this.#skip(characters);
    this.#skip(/=/);
    const text = value.slice(start, this.#at).replace(/\s+/g, '');
    this.#skip(/\s/);
    if (hasText && (this.#at >= value.length || value[this.#at] === ',')) return text;
    this.#at = start;
    return undefined;
  }

  /** Goes over blanks with a line end among them. */
  #skipFold(): boolean {
    const { value } = this.#header;
    const start = this.#at;
    this.#skip(/\s/);
    if (this.#at < value.length && value.slice(start, this.#at).includes('\n')) return true;
    this.#at = start;
    return false;
  }

  #secret(entry: Draft<HttpAuthenticationEntry>, scheme: string, text: string, notes: Note[]): void {
    if (scheme === 'basic') {
      const decoded = Buffer.from(text, 'base64').toString('utf8');
      const colon = decoded.indexOf(':');
      entry.user = colon === -1 ? decoded : decoded.slice(0, colon);
      if (colon !== -1) entry.secret = this.#mask(decoded.slice(colon + 1));
      notes.push(warning('the header contains the password: only TLS keeps it secret'));
      return;
    }
    entry.secret = this.#mask(text);
  }

  #parameters(entry: Draft<HttpAuthenticationEntry>): void {
    const parameters: HttpAuthenticationParameter[] = [];
    for (;;) {
      const start = this.#at;
      this.#skip(/[\s,]/);
      const begin = this.#at;
      this.#skip(tokenCharacter);
      const name = this.#header.value.slice(begin, this.#at);
      this.#skip(/\s/);
      if (name === '' || this.#header.value[this.#at] !== '=') {
        // The next scheme, or the end.
        this.#at = start;
        break;
      }
      this.#at += 1;
      this.#skip(/\s/);
      const value = this.#header.value[this.#at] === '"' ? this.#quoted(name) : this.#word();
      const shown = !this.#isCredentials || harmlessParameters.has(name.toLowerCase());
      parameters.push({ name, value: shown ? value : this.#mask(value) });
      this.#path.count();
    }
    if (parameters.length > 0) entry.parameters = parameters;
  }

  #word(): string {
    const start = this.#at;
    this.#skip(/[^\s,]/);
    return this.#header.value.slice(start, this.#at);
  }

  #quoted(name: string): string {
    const { value } = this.#header;
    const start = this.#at;
    for (let at = start + 1; at < value.length; at += 1) {
      if (value[at] === '"') {
        this.#at = at + 1;
        return value.slice(start + 1, at).replace(/\\([\s\S])/g, '$1');
      }
      if (value[at] === '\\') at += 1;
    }
    return this.#fail(`the quotes of ${name.slice(0, 40)} are not closed`, start);
  }

  #token(field: string): string {
    const start = this.#at;
    this.#skip(tokenCharacter);
    if (this.#at === start) return this.#fail('a character that is not allowed here in a header', start, field);
    return this.#header.value.slice(start, this.#at);
  }

  #mask(text: string): Masked {
    const bytes = Buffer.from(text, 'utf8');
    if (!this.#reveal) return { masked: true, length: bytes.length };
    return { masked: false, length: bytes.length, hex: bytes.toString('hex'), text };
  }

  #skip(pattern: RegExp): void {
    const { value } = this.#header;
    while (this.#at < value.length && pattern.test(value.charAt(this.#at))) this.#at += 1;
  }

  get #offset(): number {
    return this.#header.offset + this.#at;
  }

  #fail(reason: string, at: number, field = ''): never {
    return this.#path.fail('ERR_SSPI_INSPECT_ENCODING', reason, this.#header.offset + at, field);
  }
}
