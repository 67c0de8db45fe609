import { exitCodes, type Command } from '../command';
import { formatTable } from '../output/table';
import { listPackages } from '../../packages';
import { parse } from '../args';
import { printable } from '../../inspect/render/text';
import { styleFor } from '../output/style';
import { UsageError } from '../usage-error';
import { writeJson } from '../output/json';

/** `sspi packages` */
export const packagesCommand: Command = {
  help: {
    usage: ['packages [--json]'],
    about: [
      'Lists every security package that this machine offers (EnumerateSecurityPackages): its name for acquireCredentials, the size of its largest token in bytes, its comment and its capabilities.',
    ],
    options: [],
    examples: [
      ['packages', 'the table'],
      ['packages --json', 'the same for programs, with version and RPC identifier'],
    ],
  },

  async run(argv, io) {
    const { values, positionals } = parse(argv, {});
    if (positionals.length > 0) throw new UsageError(`It takes no argument, but got "${positionals.join(' ')}".`);
    const packages = await listPackages();
    if (values.json === true) {
      writeJson(io, { command: 'packages', ok: true, result: { packages } });
      return exitCodes.ok;
    }
    const rows = packages.map(({ name, maxToken, comment, capabilities }) => [
      printable(name),
      String(maxToken),
      printable(comment),
      capabilities.join(', '),
    ]);
    const head = ['Package', 'Max token', 'Comment', 'Capabilities'];
    const columns = io.stdout.columns;
    io.stdout.write(`${formatTable(head, rows, styleFor(io.stdout, io.env), columns)}\n`);
    return exitCodes.ok;
  },
};
