/** windows-check.html: the report for a person, in one file that needs nothing else. */

const marks = { seen: '✓', 'not seen': '✗', 'not possible': '–' };

/** @param {import('./report.mjs').Report} report */
export function pageOf(report) {
  const { machine, summary } = report;
  const system = machine.wine === undefined ? machine.system : `Wine (${machine.wine})`;
  const title = `sspi ${report.package.version} on ${system}, ${machine.architecture}`;
  const counts = Object.entries(summary).map(([status, count]) => `${count} ${status}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.6rem; border-bottom: 1px solid #ccc; }
td.number, td.status { white-space: nowrap; }
tr.seen td.status { color: #16703c; }
tr.not-seen td.status { color: #b3261e; }
tr.not-possible td.status { color: #666; }
</style>
</head>
<body>
<h1>${escape(title)}</h1>
<p>${escape(counts.join(', '))}. Made ${escape(report.made)}.</p>
${report.leftToDo === undefined ? '' : `<p><strong>${escape(report.leftToDo)}</strong></p>\n`}${factsTable(report)}
<table>
<tr><th>#</th><th>claim</th><th></th><th>what happened</th></tr>
${report.claims.map(claimRow).join('\n')}
</table>
${report.claims.map(figuresOf).join('')}</body>
</html>
`;
}

function factsTable({ package: ours, binary, machine, account }) {
  const facts = {
    system: `${machine.system} (${machine.release})${machine.wine === undefined ? '' : `, played by ${machine.wine}`}`,
    Node: `${machine.node}, ${machine.architecture}`,
    machine: `${machine.processors} processors, ${Math.round(machine.memory / 2 ** 30)} GiB`,
    rights: machine.administrator ? 'administrator' : 'no administrator',
    domain: machine.domain ? 'yes' : 'none',
    'second account': account,
    package: `${ours.version}${ours.commit === undefined ? '' : `, commit ${ours.commit}`}`,
    binary: binary === undefined ? 'none' : `${binary.bytes} bytes, SHA-256 ${binary.sha256}`,
  };
  const rows = Object.entries(facts).map(
    ([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`,
  );
  return `<table>\n${rows.join('\n')}\n</table>`;
}

function claimRow({ number, title, status, detail }) {
  const cells = [
    `<td class="number">${number}</td>`,
    `<td>${escape(title)}</td>`,
    `<td class="status">${marks[status]} ${status}</td>`,
    `<td>${escape(detail)}</td>`,
  ];
  return `<tr class="${status.replace(' ', '-')}">${cells.join('')}</tr>`;
}

/** The first list of objects among a claim's figures, as a table of its own. */
function figuresOf({ number, title, figures = {} }) {
  const rows = Object.values(figures).find(Array.isArray);
  if (rows === undefined || rows.length === 0) return '';
  const columns = Object.keys(rows[0]);
  const line = (tag, cells) => `<tr>${cells.map((cell) => `<${tag}>${escape(String(cell))}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) =>
    line(
      'td',
      columns.map((column) => [row[column]].flat().join(', ')),
    ),
  );
  return `<h2>${number}. ${escape(title)}</h2>\n<table>\n${[line('th', columns), ...body].join('\n')}\n</table>\n`;
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => text.replace(/[&<>"]/g, (character) => entities[character]);
