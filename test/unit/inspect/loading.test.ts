/** What a program loads that decodes one token: few files, so that a command line answers at once. */
import { execFileSync } from 'node:child_process';
import { knownAnswers } from './support/data';

/** Runs a script in a Node of its own; returns the files of the package that it has loaded, by their paths in dist. */
function loaded(script: string): string[] {
  const report = `console.log(JSON.stringify(Object.keys(require.cache)))`;
  const output = execFileSync(
    process.execPath,
    ['-e', `const inspect = require('sspi/inspect'); ${script}; ${report}`],
    {
      encoding: 'utf8',
    },
  );
  return (JSON.parse(output) as string[]).map((file) => file.replaceAll('\\', '/').replace(/^.*\/dist\//, ''));
}

test('the module alone', () => {
  const files = loaded('');
  expect(files).toContain('inspect/index.js');
  expect(files.length).toBeLessThanOrEqual(16);
  expect(files.filter((file) => /kerberos|ntlm|tls|render/.test(file))).toEqual([]);
});

test('and for one token, its family only', () => {
  const files = loaded(`inspect.formatTree(inspect.decode('${knownAnswers.freerdp_ntlm_http.challenge}'))`);
  expect(files).toContain('inspect/ntlm/messages.js');
  expect(files.length).toBeLessThanOrEqual(28);
  expect(files.filter((file) => /kerberos|tls|spnego|ciphers|diagram/.test(file))).toEqual([]);
});

test('nothing outside of the inspector', () => {
  const files = loaded(`inspect.renderExchange([]); inspect.decode('${knownAnswers.spnego_tokens.negTokenInit_krb5}')`);
  expect(files.filter((file) => !file.startsWith('inspect/'))).toEqual([]);
});

test('as an ES module it has the same names', () => {
  const script = `import * as m from 'sspi/inspect'; console.log(Object.keys(m).filter((name) => name !== 'default' && name !== '__esModule').sort().join())`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const names = output
    .trim()
    .split(',')
    .filter((name) => name !== 'module.exports');
  expect(names).toEqual(['InspectError', 'decode', 'formatTree', 'renderExchange', 'summarize', 'verifyNtlmExchange']);
});
