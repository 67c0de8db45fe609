/** The style of the sequence diagram. `--x` is the position of the lifelines, from either side. */
export const diagramStyle = `
:root {
  color-scheme: light dark;
  --x: 92px;
  --page: #f6f7f9; --card: #ffffff; --text: #1b1f24; --dim: #5b6570; --line: #c3cad3; --rule: #e3e7ec;
  --client: #0b5cad; --server: #7a3ea8; --good: #1a7f37; --bad: #b3261e; --warn: #8a5300;
  --warn-back: #fff6e0; --bad-back: #fdeceb; --good-back: #e9f7ed; --chip: #eef1f5;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --card: #1d2126; --text: #e4e8ed; --dim: #9aa5b1; --line: #4a535e; --rule: #2f353c;
    --client: #6db3ff; --server: #cf9df5; --good: #5bcf7d; --bad: #ff8a80; --warn: #f0b95b;
    --warn-back: #33290f; --bad-back: #3a1d1b; --good-back: #16301e; --chip: #2a3037;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 28px 20px 48px; background: var(--page); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
main { max-width: 1040px; margin: 0 auto; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
.subtitle { margin: 0 0 22px; color: var(--dim); overflow-wrap: anywhere; }
code, .value, .size { font-family: ui-monospace, "Cascadia Mono", Consolas, "Liberation Mono", Menlo, monospace; font-size: .88em; }
.sequence { position: relative; padding-bottom: 12px; }
.sequence::before, .sequence::after {
  content: ""; position: absolute; top: 0; bottom: 0; width: 0; border-left: 2px dashed var(--line);
}
.sequence::before { left: var(--x); }
.sequence::after { right: var(--x); }
.actors { display: flex; justify-content: space-between; position: relative; z-index: 1; }
.actor {
  width: calc(2 * var(--x)); padding: 8px 10px; text-align: center; border: 2px solid; border-radius: 8px;
  background: var(--card); font-weight: 600; overflow-wrap: anywhere;
}
.actor small { display: block; font-weight: 400; color: var(--dim); }
.client { color: var(--client); }
.server { color: var(--server); }
.actor .name { color: var(--text); }
ol.legs { list-style: none; margin: 0; padding: 0; }
.leg { position: relative; margin: 22px var(--x) 0; padding: 0 22px; }
.number {
  position: absolute; top: -2px; width: 26px; height: 26px; border-radius: 50%; z-index: 1; color: var(--page);
  font: 600 13px/26px system-ui, sans-serif; text-align: center;
}
.from-client > .number { left: -12px; background: var(--client); }
.from-server > .number { right: -12px; background: var(--server); }
.call { color: var(--dim); font-size: .92em; overflow-wrap: anywhere; }
.from-server > .call { text-align: right; }
.status { font-weight: 600; color: var(--text); }
.failed .status { color: var(--bad); }
.done .status { color: var(--good); }
details.token > summary, .nothing { margin: 4px -22px 0; padding: 0 22px; }
details.token > summary { cursor: pointer; list-style: none; border-radius: 6px; }
details.token > summary::-webkit-details-marker { display: none; }
summary:focus-visible { outline: 3px solid var(--client); outline-offset: 2px; }
.what { display: flex; gap: 14px; justify-content: space-between; align-items: baseline; }
.what > .name { position: relative; padding-left: 1.1em; font-weight: 600; overflow-wrap: anywhere; }
.what > .name::before { content: "▸"; position: absolute; left: 0; color: var(--dim); }
details[open] > summary .what > .name::before { content: "▾"; }
.size { color: var(--dim); white-space: nowrap; }
.arrow { display: block; position: relative; height: 14px; margin: 0 -22px; }
.arrow::before { content: ""; position: absolute; left: 2px; right: 2px; top: 6px; border-top: 2px solid; }
.arrow::after { content: ""; position: absolute; top: 1px; border: 6px solid transparent; }
.from-client .arrow { color: var(--client); }
.from-server .arrow { color: var(--server); }
.from-client .arrow::after { right: -3px; border-left: 11px solid; }
.from-server .arrow::after { left: -3px; border-right: 11px solid; }
.failed .arrow { color: var(--bad); }
.nothing { color: var(--dim); font-style: italic; }
.from-server > .nothing { text-align: right; }
details[open] + ul.notes { display: none; }
ul.notes { list-style: none; margin: 6px 0 0; padding: 0; font-size: .92em; }
ul.notes li { margin-top: 4px; padding: 3px 10px; border-left: 3px solid var(--warn); background: var(--warn-back); border-radius: 0 5px 5px 0; overflow-wrap: anywhere; }
ul.notes li.problem { border-color: var(--bad); background: var(--bad-back); }
.decoded { margin: 8px 0 4px; padding: 10px 16px 12px; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
ul.tree { list-style: none; margin: 0; padding: 0; font-size: .92em; }
ul.tree ul.tree { margin-left: 6px; padding-left: 14px; border-left: 1px solid var(--rule); font-size: 1em; }
ul.tree li { margin: 2px 0; overflow-wrap: anywhere; }
.label { color: var(--dim); }
.token-title { font-weight: 600; }
.masked { color: var(--dim); font-style: italic; font-family: inherit; }
li.info::before { content: "· "; color: var(--dim); }
li.warning { color: var(--warn); }
li.warning::before { content: "! "; font-weight: 700; }
li.problem { color: var(--bad); font-weight: 600; }
li.problem::before { content: "✗ "; }
.chips { display: inline; }
.chip { display: inline-block; margin: 1px 4px 1px 0; padding: 0 7px; background: var(--chip); border-radius: 10px; font-size: .9em; }
.result { margin: 26px var(--x) 0; padding: 10px 16px; border-radius: 8px; font-weight: 600; position: relative; z-index: 1; overflow-wrap: anywhere; }
.result.done { color: var(--good); background: var(--good-back); }
.result.failed { color: var(--bad); background: var(--bad-back); }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 28px 0 0; padding: 14px 18px; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
dl.facts dt { color: var(--dim); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
footer { margin-top: 26px; color: var(--dim); font-size: .86em; }
@media (max-width: 700px) {
  :root { --x: 20px; }
  .actor { width: 44%; }
  .leg { padding: 0 16px; }
  details.token > summary, .nothing, .arrow { margin-left: -16px; margin-right: -16px; }
  details.token > summary, .nothing { padding: 0 16px; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; }
  body { padding: 0; font-size: 10pt; }
  .leg > .call, details.token > summary { break-inside: avoid; break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
