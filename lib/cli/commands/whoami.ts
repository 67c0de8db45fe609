import { userInfo } from 'node:os';
import { acquireCredentials } from '../../credentials/credentials';
import { exitCodes, type Command } from '../command';
import { faultOf, formatFault } from '../output/faults';
import { loadBinding } from '../../binding/load';
import { parse } from '../args';
import { printable } from '../../inspect/render/text';
import { SspiError } from '../../errors/sspi-error';
import { styleFor } from '../output/style';
import { untilText } from '../output/time';
import { UsageError } from '../usage-error';
import { writeJson, type JsonFault } from '../output/json';
import type { Io } from '../io';

/** What one package tells about the current user. */
interface PackageIdentity {
  readonly package: string;
  readonly available: boolean;
  readonly name?: string;
  /** ISO 8601. */
  readonly expiry?: string;
  /** Why there is no name although there is a credential. */
  readonly nameUnavailable?: string;
  readonly error?: JsonFault;
}

const packages = ['Negotiate', 'Kerberos', 'NTLM'];

/** `sspi whoami` */
export const whoamiCommand: Command = {
  help: {
    usage: ['whoami [--json]'],
    about: [
      'Shows the current user’s credentials for Negotiate, Kerberos and NTLM as SSPI names them, and until when they are valid. It does not use the network.',
      'A credential does not guarantee that a logon with it succeeds: use "sspi probe" to try.',
      'The exit code is 1 if no package has a credential.',
    ],
    options: [],
    examples: [['whoami', 'the current user, package by package']],
  },

  async run(argv, io) {
    const { values, positionals } = parse(argv, {});
    if (positionals.length > 0) throw new UsageError(`It takes no argument, but got "${positionals.join(' ')}".`);
    const { wineVersion } = loadBinding();
    const identities: PackageIdentity[] = [];
    const faults = new Map<string, unknown>();
    for (const name of packages) identities.push(await identityOf(name, wineVersion, faults));
    const ok = identities.some(({ available }) => available);
    const process = { user: userName(), domain: io.env['USERDOMAIN'], dnsDomain: io.env['USERDNSDOMAIN'] };
    if (values.json === true) {
      const result = { process, wine: wineVersion, packages: identities };
      const error = {
        code: 'ERR_SSPI_CLI_NO_CREDENTIALS',
        message: 'No package has a credential for the current user.',
      };
      writeJson(io, { command: 'whoami', ok, result, ...(ok ? {} : { error }) });
    } else {
      print(process, identities, faults, io);
    }
    return ok ? exitCodes.ok : exitCodes.failed;
  },
};

async function identityOf(
  packageName: string,
  wineVersion: string | undefined,
  faults: Map<string, unknown>,
): Promise<PackageIdentity> {
  try {
    const credentials = await acquireCredentials({ package: packageName, use: 'outbound' });
    try {
      const expiry = credentials.expiry?.toISOString();
      const known = { package: packageName, available: true, ...(expiry === undefined ? {} : { expiry }) };
      try {
        return { ...known, name: await credentials.name() };
      } catch (error) {
        if (!SspiError.isSspiError(error)) throw error;
        const who = wineVersion === undefined ? 'the package' : `Wine ${wineVersion}`;
        return { ...known, nameUnavailable: `${who} does not tell (${error.code})` };
      }
    } finally {
      await credentials.dispose();
    }
  } catch (error) {
    faults.set(packageName, error);
    return { package: packageName, available: false, error: faultOf(error) };
  }
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function print(
  process: { readonly user: string | undefined; readonly domain: string | undefined },
  identities: readonly PackageIdentity[],
  faults: ReadonlyMap<string, unknown>,
  io: Io,
): void {
  const style = styleFor(io.stdout, io.env);
  const { user, domain } = process;
  const account = user === undefined ? 'unknown' : domain === undefined ? user : `${domain}\\${user}`;
  const lines = [`${'Process'.padEnd(11)}${printable(account)}`];
  for (const { package: name, name: account, expiry, nameUnavailable, available } of identities) {
    const start = style.bold(name.padEnd(11));
    if (available) {
      const who =
        account === undefined
          ? style.dim(`a credential; its name: ${nameUnavailable ?? 'unknown'}`)
          : printable(account);
      lines.push(`${start}${who}${expiry === undefined ? '' : `, ${untilText(new Date(expiry))}`}`);
    } else {
      lines.push(`${start}${formatFault(faults.get(name), style).replaceAll('\n', `\n${' '.repeat(11)}`)}`);
    }
  }
  io.stdout.write(`${lines.join('\n')}\n`);
}
