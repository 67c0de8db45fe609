/** docs/gss-interop.md, held against what the suites of test/interop/gss have seen. */
import fs from 'node:fs';
import { combinations, layersOf, nameOf } from '../interop/gss/cells';
import { lanes, page, readSeen, render } from '../interop/gss/table';

test('the page is made of what was seen', () => {
  expect(fs.readFileSync(page, 'utf8').replaceAll('\r\n', '\n')).toBe(render());
});

test.each(lanes)('%s: something is known about every cell, and about nothing else', (lane) => {
  const known = Object.entries(readSeen(lane)).map(([name, cells]) => [name, Object.keys(cells)]);
  expect(known).toEqual(combinations.map((each) => [nameOf(each), [...layersOf(each)]]));
});

test('a cell that was not seen changes the page', () => {
  const [first] = combinations;
  if (first === undefined) throw new Error('no combinations');
  const seen = Object.fromEntries(lanes.map((lane) => [lane, readSeen(lane)]));
  const other = { ...seen, wine8: { ...seen['wine8'], [nameOf(first)]: { none: 'impossible: Of a test.' as const } } };
  expect(render(other)).not.toBe(render());
  expect(render(other)).toContain('1. Of a test.\n');
});
