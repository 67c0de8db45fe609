import { checkedString } from '../arguments';
import { invalidArgument } from '../errors/make';

/**
 * The target name as SSPI takes it: a service principal name `service/host[:port][/name]`, whose host names are put into
 * punycode (RFC 3492) when they are international, or any other form (an account, a host name for Schannel) as it is.
 */
export function checkedTarget(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const target = checkedString(value, 'target');
  // eslint-disable-next-line no-control-regex -- the range is what "not ASCII" means
  if (/^[\x00-\x7f]*$/.test(target)) return target;
  const [service, host, ...rest] = target.split('/');
  if (service === undefined || host === undefined) return target;
  return [service, asciiHost(host, target), ...rest.map((name) => asciiHost(name, target))].join('/');
}

function asciiHost(part: string, target: string): string {
  const { domainToASCII } = require('node:url') as typeof import('node:url');
  const [, host, suffix] = /^([^:@]*)(.*)$/s.exec(part) as unknown as [string, string, string];
  if (host === '') return part;
  const ascii = domainToASCII(host);
  if (ascii === '') throw invalidArgument(`target "${target}" holds "${host}", which is no host name`);
  return ascii + suffix;
}
