import { commands } from './commands';
import { styleFor } from './output/style';
import { wrapWords } from './output/table';
import { nearest } from './nearest';
import { UsageError } from './usage-error';
import type { Io } from './io';

const common: readonly (readonly [string, string])[] = [
  ['--json', 'Print one JSON object, for programs.'],
  ['-h, --help', 'Show this help.'],
];

const codes = ['0  success', '1  failed or refused', '2  the command line is wrong', '3  not possible on this machine'];

/** The version of the package. */
export function packageVersion(): string {
  return (require('../../package.json') as { version: string }).version;
}

/** The overview of all commands. */
export function overview(io: Io): string {
  const { bold } = styleFor(io.stdout, io.env);
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    `${bold('sspi')} ${packageVersion()}: Windows sign-on (Kerberos, NTLM, Negotiate), shown and explained`,
    '',
    bold('Usage'),
    '  sspi <command> [options]',
    '',
    bold('Commands'),
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    bold('Everywhere'),
    ...optionLines([...common, ['--version', 'Print the version of the package.']]),
    '',
    bold('Examples'),
    '  sspi probe HTTP/web.corp.test',
    '  sspi decode TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA=',
    '  sspi help probe',
    '',
    bold('Exit codes'),
    ...codes.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp(name: string, io: Io): string {
  const { bold } = styleFor(io.stdout, io.env);
  const { help } = find(name).load();
  return [
    bold('Usage'),
    ...help.usage.map((line) => `  sspi ${line}`),
    '',
    ...help.about.flatMap((paragraph) => [...wrapWords(paragraph, lineWidth), '']),
    bold('Options'),
    ...optionLines([...help.options, ...common]),
    '',
    bold('Examples'),
    ...help.examples.flatMap(([line, meaning]) => [`  sspi ${line}`, `      ${meaning}`]),
    '',
  ].join('\n');
}

/** A command of the table, by its name. */
export function find(name: string): (typeof commands)[string] {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry !== undefined) return entry;
  const near = nearest(name, [...Object.keys(commands), 'help', 'version']);
  throw new UsageError(
    `There is no command "${name}".`,
    near === undefined ? 'sspi help lists the commands.' : `Did you mean sspi ${near}?`,
  );
}

const lineWidth = 100;
const optionWidth = 26;

function optionLines(options: readonly (readonly [string, string])[]): string[] {
  return options.flatMap(([option, meaning]) => {
    const [first = '', ...more] = wrapWords(meaning, lineWidth - optionWidth);
    const rest = more.map((line) => ' '.repeat(optionWidth + 2) + line);
    const start = `  ${option.padEnd(optionWidth)}`;
    return option.length >= optionWidth
      ? [`  ${option}`, ' '.repeat(optionWidth + 2) + first, ...rest]
      : [start + first, ...rest];
  });
}
