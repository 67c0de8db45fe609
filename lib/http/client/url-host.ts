import { isIPv6 } from 'node:net';

/** A host as URLs and service principal names write it: an IPv6 address has brackets (RFC 3986, section 3.2.2). */
export const urlHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host);
