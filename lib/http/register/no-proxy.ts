/** The variable NO_PROXY: to which servers a program connects without a proxy. */

/** True for a server that is reached without a proxy. */
export type IsExempt = (host: string, port: number) => boolean;

/**
 * Reads the value of NO_PROXY: names and addresses as they are, suffixes with a dot in front (`.corp.test`, also written
 * `*.corp.test`), each with or without `:port`, and `*` for everything; separated by commas or blanks, without regard to case.
 */
export function parseNoProxy(value: string | undefined): IsExempt {
  const rules = (value ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(ruleOf);
  return (host, port) => {
    const name = host
      .toLowerCase()
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '');
    return rules.some((rule) => rule(name, port));
  };
}

function ruleOf(entry: string): IsExempt {
  if (entry === '*') return () => true;
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  // What has colons and no brackets is an IPv6 address without a port.
  const place = bracketed ?? plain ?? entry;
  const port = digits === undefined ? undefined : Number(digits);
  const suffix = place.replace(/^\*(?=\.)/, '');
  const isHost = suffix.startsWith('.')
    ? (host: string): boolean => host.endsWith(suffix)
    : (host: string): boolean => host === place;
  return (host, given) => isHost(host) && (port === undefined || port === given);
}
