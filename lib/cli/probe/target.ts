import { isIP } from 'node:net';
import { UsageError } from '../usage-error';

/** A service at a URL. */
export interface UrlTarget {
  readonly kind: 'http' | 'ldap';
  readonly text: string;
  readonly url: URL;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** A service principal name, or another name that SSPI accepts as a target. */
export interface SpnTarget {
  readonly kind: 'spn';
  readonly text: string;
}

export type ProbeTarget = UrlTarget | SpnTarget;

const schemes: Readonly<Record<string, { kind: 'http' | 'ldap'; tls: boolean; port: number }>> = {
  'http:': { kind: 'http', tls: false, port: 80 },
  'https:': { kind: 'http', tls: true, port: 443 },
  'ldap:': { kind: 'ldap', tls: false, port: 389 },
  'ldaps:': { kind: 'ldap', tls: true, port: 636 },
};

/** The target of a probe. @throws {UsageError} */
export function parseTarget(text: string): ProbeTarget {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return spn(text);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`"${text}" is no URL.`);
  }
  const scheme = schemes[url.protocol];
  if (scheme === undefined) {
    throw new UsageError(`${url.protocol}// is not supported: use http, https, ldap or ldaps.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      'A URL must not contain a user or a password: other users of the machine can read command lines.',
      'Use --user.',
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new UsageError(`"${text}" names no host.`);
  const port = url.port === '' ? scheme.port : Number(url.port);
  return { kind: scheme.kind, text, url, host, port, tls: scheme.tls };
}

function spn(text: string): SpnTarget {
  if (/^[^\s/]+\/[^\s/]+/.test(text) || /[@\\]/.test(text)) return { kind: 'spn', text };
  throw new UsageError(
    `"${text}" is neither a service principal name (service/host) nor a URL.`,
    /^[\w.-]+$/.test(text) ? `Did you mean HTTP/${text} or http://${text}/?` : undefined,
  );
}

/** The service principal name of a service at a URL. */
export function spnOf(service: string, host: string): string {
  return `${service}/${isIP(host) === 6 ? `[${host}]` : host}`;
}
