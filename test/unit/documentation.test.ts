import fs from 'node:fs';
import path from 'node:path';
import * as sspi from 'sspi';
import ts from 'typescript';
import { hintFor } from '#lib/errors/hints';
import { statusCode } from '#lib/errors/status-code';

/** What README and docs say, held against the code: samples compile, links lead somewhere, no name is missing or invented. */

const checkout = path.resolve(__dirname, '../..');
const read = (file: string): string => fs.readFileSync(path.join(checkout, file), 'utf8');

const { repository: source } = JSON.parse(read('package.json')) as { repository: { url: string } };
/** Where the pages are on the web, with a slash at the end. */
const repository = source.url.replace(/^git\+(.*)\.git$/, '$1/blob/main/');

const pages = [
  ...fs.readdirSync(checkout),
  ...['docs', 'examples'].flatMap((directory) =>
    fs
      .readdirSync(path.join(checkout, directory), { recursive: true })
      .map((name) => path.join(directory, String(name))),
  ),
].filter((name) => name.endsWith('.md'));

describe('the samples', () => {
  const samples = new Map<string, string>();
  for (const page of pages) {
    const blocks = [...read(page).matchAll(/^```ts\n(.*?)^```$/gms)];
    blocks.forEach((block, i) => {
      // Beside the examples, because samples import from them.
      const name = `${page.replace(/\W/g, '-')}-${i}.mts`;
      samples.set(path.join(checkout, 'examples', name).replaceAll('\\', '/'), `${block[1]}\nexport {};\n`);
    });
  }

  it('are there', () => {
    expect(samples.size).toBeGreaterThanOrEqual(5);
  });

  it('compile as strictly as the package itself', () => {
    const { config } = ts.readConfigFile(path.join(checkout, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
      config: { compilerOptions: object };
    };
    const { options } = ts.convertCompilerOptionsFromJson(
      { ...config.compilerOptions, rootDir: '.', composite: false, noEmit: true, allowJs: true, noUnusedLocals: false },
      checkout,
    );
    delete options.tsBuildInfoFile;
    const host = ts.createCompilerHost(options);
    const fileExists = host.fileExists.bind(host);
    const readFile = host.readFile.bind(host);
    host.fileExists = (file) => samples.has(file) || fileExists(file);
    host.readFile = (file) => samples.get(file) ?? readFile(file);
    const program = ts.createProgram([...samples.keys()], options, host);
    const faults = ts.getPreEmitDiagnostics(program).map((fault) => {
      const place = fault.file === undefined ? '' : path.basename(fault.file.fileName);
      return `${place}: ${ts.flattenDiagnosticMessageText(fault.messageText, '\n')}`;
    });
    expect(faults).toEqual([]);
  }, 60_000);
});

describe('the links', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    const text = read(page).replace(/^```.*?^```$/gms, '');
    const broken: string[] = [];
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (target === undefined) continue;
      const [file = '', anchor] = target.split('#');
      // The tarball has README and no other page, so README links to the repository.
      const inRepository = file.startsWith(repository) ? file.slice(repository.length) : undefined;
      if (inRepository === undefined && /^[a-z]+:/.test(target)) continue;
      if (page === 'README.md' && inRepository === undefined && file !== '') broken.push(`${target} is relative`);
      const destination = file === '' ? page : (inRepository ?? path.join(path.dirname(page), file));
      if (!fs.existsSync(path.join(checkout, destination))) broken.push(target);
      else if (anchor !== undefined && !anchorsOf(destination).includes(anchor)) broken.push(target);
    }
    expect(broken).toEqual([]);
  });

  /** As GitHub makes them of headings. */
  function anchorsOf(page: string): string[] {
    return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
  }
});

describe('the errors page', () => {
  const page = read('docs/errors.md');
  const codes = read('lib/errors/codes.ts');

  it('has exactly the codes of errors of use', () => {
    const declared = [...codes.matchAll(/\| '(ERR_SSPI_\w+)'/g)].map(([, code]) => code).sort();
    const documented = [...page.matchAll(/^\| `(ERR_SSPI_\w+)` +\|/gm)].map(([, code]) => code).sort();
    expect(declared.length).toBeGreaterThan(15);
    expect(documented).toEqual(declared);
  });

  it('gives each status its number and its hint', () => {
    const rows = [...page.matchAll(/^\| `(SEC_[EI]_\w+)` +\| (0x[0-9A-F]{8}) \| (.*?) +\|$/gm)];
    expect(rows.length).toBeGreaterThan(25);
    for (const [, code, number, hint] of rows) {
      const status = statusCode(Number(number));
      expect([status, hint]).toEqual([code, hintFor(status, { api: 'InitializeSecurityContext' })]);
    }
  });
});

describe('the API page', () => {
  it('has every export', () => {
    const page = read('docs/api.md');
    expect(Object.keys(sspi).filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });
});

describe('the decisions', () => {
  const directory = 'docs/decisions';
  const files = fs.readdirSync(path.join(checkout, directory)).filter((name) => /^\d{4}-.*\.md$/.test(name));

  it('are numbered without a gap, titled by their number, and listed', () => {
    const list = read(`${directory}/README.md`);
    files.forEach((file, i) => {
      expect(Number(file.slice(0, 4))).toBe(i + 1);
      expect(read(`${directory}/${file}`)).toMatch(new RegExp(`^# ${i + 1}\\. `));
      expect(list).toContain(`(${file})`);
    });
  });

  it('are where the sources point', () => {
    const sources = ['lib', 'native', 'scripts'].flatMap((root) =>
      fs
        .readdirSync(path.join(checkout, root), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|cc|h|js|mjs)$/.test(entry.name))
        .map((entry) => path.relative(checkout, path.join(entry.parentPath, entry.name))),
    );
    const named = sources.flatMap((file) =>
      [...read(file).matchAll(/docs\/decisions\/([\w-]+\.md)/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !files.includes(name as string))).toEqual([]);
  });
});
