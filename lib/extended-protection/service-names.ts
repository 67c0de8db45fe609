import { invalidArgument } from '../errors/make';
import { describe } from '../arguments';

/** The parts of a service principal name: `service/host[:port][/name]`. */
interface ServiceName {
  readonly service: string;
  readonly host: string;
  readonly port: string | undefined;
}

/**
 * The names by which clients may ask for a service.
 *
 * They are compared as in Windows: without regard to case; a name without a port matches every port; a NetBIOS name matches a
 * full name that starts with it, and the reverse.
 */
export class ServiceNames {
  readonly #names: readonly ServiceName[];

  /** @throws ERR_SSPI_INVALID_ARGUMENT for anything other than `service/host`. */
  constructor(names: readonly string[], option: string) {
    if (!Array.isArray(names) || names.length === 0) {
      throw invalidArgument(`${option} must be an array of service principal names, such as HTTP/web.corp.test`);
    }
    this.#names = names.map((name: unknown) => {
      const parsed = typeof name === 'string' ? parse(name) : undefined;
      if (parsed !== undefined) return parsed;
      const got = typeof name === 'string' ? `"${name}"` : describe(name);
      throw invalidArgument(
        `${option}: ${got} is not a service principal name; write service/host, such as HTTP/web.corp.test`,
      );
    });
  }

  /** Whether the service that a client asked for is one of them. */
  includes(target: string): boolean {
    const asked = parse(target);
    return asked !== undefined && this.#names.some((name) => isSame(name, asked));
  }
}

function parse(name: string): ServiceName | undefined {
  const [, service, host, port] =
    /^([^/\s]+)\/(\[[^\]]+\]|[^/:@\s]+)(?::(\d+))?(?:\/[^@\s]*)?(?:@\S+)?$/.exec(name) ?? [];
  if (service === undefined || host === undefined) return undefined;
  return { service: service.toLowerCase(), host: host.toLowerCase().replace(/\.$/, ''), port };
}

function isSame(listed: ServiceName, asked: ServiceName): boolean {
  if (listed.service !== asked.service) return false;
  if (listed.port !== undefined && listed.port !== asked.port) return false;
  return listed.host === asked.host || shortName(listed.host) === asked.host || listed.host === shortName(asked.host);
}

/** `web` of `web.corp.test`; addresses have none. */
const shortName = (host: string): string | undefined => (/^[[\d]/.test(host) ? undefined : host.split('.', 1)[0]);
