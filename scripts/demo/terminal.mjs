/** The output of the demonstration: headings, one line per leg, findings. Colour on terminals only. */
const colour = process.env.FORCE_COLOR === '1' || (process.stdout.isTTY && !process.env.NO_COLOR);
const columns = Number(process.env.COLUMNS) || process.stdout.columns || Infinity;

const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = (text) => paint('1', text);
const dim = (text) => paint('2', text);
const red = (text) => paint('31', text);
const green = (text) => paint('32', text);
const yellow = (text) => paint('33', text);
const cyan = (text) => paint('36', text);

export const print = (line = '') => process.stdout.write(`${line}\n`);

const margin = '  ';

export function heading(text, ...explanations) {
  print(`\n${bold(text)}`);
  for (const line of explanations) print(margin + dim(line));
}

/**
 * One line for one event: who, what call, how it ended, how many bytes, how long, and what the bytes are.
 * @param {{ who: string, call: string, status: string, bytes?: number | undefined, time?: number, what?: string }} event
 */
export function line({ who, call, status, bytes, time, what = '' }) {
  const size = bytes === undefined ? '–' : `${bytes.toLocaleString('en')} B`;
  const cells = [
    who.padEnd(15),
    call.padEnd(25),
    statusColour(status)(status.padEnd(21)),
    size.padStart(9),
    dim((time === undefined ? '' : milliseconds(time)).padStart(9)),
  ];
  const taken = 15 + 25 + 21 + 9 + 9 + 2 * 5 + margin.length;
  print(`${margin}${cells.join('  ')}  ${shortened(what, columns - taken)}`);
}

function statusColour(status) {
  if (/^(SEC_E_OK|established|success)$/.test(status)) return green;
  return /^(SEC_I_|saslBindInProgress)/.test(status) ? cyan : red;
}

function shortened(text, room) {
  return text.length <= room ? text : `${text.slice(0, Math.max(10, room - 1))}…`;
}

const milliseconds = (time) => `${time.toFixed(1)} ms`;

export const good = (text) => print(`${margin}${green('✓')} ${text}`);
export const bad = (text) => print(`${margin}${red('✗')} ${text}`);
export const absent = (text) => print(`${margin}${yellow('–')} ${text}`);
export const hint = (text) => print(`${margin}${dim(`  ${text}`)}`);
