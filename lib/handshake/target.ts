import { checkedString } from '../arguments';
import { invalidArgument } from '../errors/make';

/**
 * The target name in the form that SSPI accepts: a service principal name `service/host[:port][/name]`, or any other form (an
 * account, a host name for Schannel) unchanged.
 * @param punycode Whether host names that are not ASCII are converted to punycode (RFC 3492).
 */
export function checkedTarget(value: unknown, punycode: boolean): string | undefined {
  if (value === undefined) return undefined;
  const target = checkedString(value, 'target');
  const invisible = /\p{Default_Ignorable_Code_Point}/u.exec(target.replace(joiners, ''))?.[0];
  if (invisible !== undefined) {
    // Punycode drops it silently, and the result names another service.
    throw invalidArgument(`target contains an invisible character, ${codePoint(invisible)}: remove it`);
  }
  // eslint-disable-next-line no-control-regex -- the range is what "not ASCII" means
  if (!punycode || /^[\x00-\x7f]*$/.test(target)) return target;
  const [service, host, ...rest] = target.split('/');
  if (service === undefined || host === undefined) return target;
  return [service, asciiHost(host, target), ...rest.map((name) => asciiHost(name, target))].join('/');
}

/** The two that names in some scripts require (RFC 5892, appendix A.1 and A.2). */
const joiners = /[\u200c\u200d]/g;

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;
}

function asciiHost(part: string, target: string): string {
  const { domainToASCII } = require('node:url') as typeof import('node:url');
  // An address in brackets is one host, including its colons and zone (RFC 4007, section 11).
  if (part.startsWith('[')) return part;
  const [, host, suffix] = /^([^:@]*)(.*)$/s.exec(part) as unknown as [string, string, string];
  if (host === '') return part;
  // domainToASCII refuses some characters that host names cannot have; it drops or decodes these, or treats them as the end of
  // the name.
  const ascii = /[\t\n\r%#?\\]/.test(host) ? '' : domainToASCII(host);
  if (ascii === '') throw invalidArgument(`target "${target}" contains "${host}", which is not a host name`);
  return ascii + suffix;
}
