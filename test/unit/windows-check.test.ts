/** What `npm run windows-check` makes of what it finds: the examiner, the account, the report, the page, the column in docs/platforms.md. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { checkout, inModule } from './in-module';

const directory = './scripts/windows-check';

interface Outcome {
  readonly status: string;
  readonly detail: string;
}

const machine = {
  system: 'Windows 11 Pro',
  release: '10.0.26100',
  architecture: 'x64',
  node: '22.1.0',
  processors: 2,
  memory: 8 * 2 ** 30,
  administrator: true,
  kerberosTarget: undefined,
  binaryFile: 'C:\\sspi.node',
};

const claim = (id: string, status: string, detail = 'as it was', figures?: object): object => {
  return { number: 1, id, title: `the claim ${id}`, seconds: 0.1, status, detail, ...(figures && { figures }) };
};

const binary = { bytes: 1, sha256: '00' };

const run = (claims: readonly object[]): string =>
  JSON.stringify({ package: { version: '0.1.0' }, binary, machine, account: 'none', claims });

/** A report, as `makeReport` writes it. */
function report(claims: readonly object[], made = '2026-12-01T10:00:00.000Z'): Record<string, unknown> {
  return inModule(`
    import { makeReport } from '${directory}/report.mjs';
    tell(makeReport({ ...${run(claims)}, made: new Date('${made}') }, (text) => text));
  `);
}

describe('the examiner', () => {
  /** Outcomes of claims that a script examines: `answer(request)` is called for each, and says what to print. */
  const examined = (answer: string, claims: readonly object[], more: object = {}): readonly Outcome[] =>
    inModule(`
      import { Examiner } from '${directory}/examiner.mjs';
      const answers = ${JSON.stringify(`
        const say = (id, detail) => console.log(JSON.stringify({ id, outcome: { status: 'seen', detail } }));
        let count = 0;
        require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
          const { id, surroundings } = JSON.parse(line);
          count++;
          ${answer}
        });`)};
      const examiner = new Examiner([process.execPath, '-e', answers]);
      const outcomes = [];
      const surroundings = { machine: {}, ...${JSON.stringify(more)} };
      for (const claim of ${JSON.stringify(claims)}) outcomes.push(await examiner.examine(claim, surroundings));
      examiner.close();
      tell(outcomes);
    `);
  const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id, seconds: 20 })) as [object, object, object];

  it('takes the outcomes from one process, whatever else that prints', () => {
    expect(examined(`console.log('noise'); console.log('{}'); say(id, 'answer ' + count);`, [a, b])).toEqual([
      { status: 'seen', detail: 'answer 1' },
      { status: 'seen', detail: 'answer 2' },
    ]);
  });

  it('gives a claim that wants one a process in which nothing has happened', () => {
    const outcomes = examined(`say(id, 'answer ' + count);`, [a, { ...b, fresh: true }, c]);
    expect(outcomes.map(({ detail }) => detail)).toEqual(['answer 1', 'answer 1', 'answer 2']);
  });

  it('a claim that crashes its process is not seen, with how it ended and what it said, and the next begins', () => {
    const answer = `
      if (id !== 'b') say(id, 'answer ' + count);
      else { console.error('the last words'); process.exitCode = 7; process.stdin.destroy(); }`;
    expect(examined(answer, [a, b, c])).toEqual([
      { status: 'seen', detail: 'answer 1' },
      { status: 'not seen', detail: 'its process ended with exit code 7; it said last: the last words' },
      { status: 'seen', detail: 'answer 1' },
    ]);
  });

  it('a claim whose process ends from what an earlier one did to it is examined again', () => {
    const outcomes = examined(`if (count === 1) say(id, 'fine'); else process.abort();`, [a, b]);
    expect(outcomes.map(({ status }) => status)).toEqual(['seen', 'seen']);
  });

  it('an exit code of Windows is told in hexadecimal', () => {
    const outcome = inModule<string>(`
      import { howItEnded } from '${directory}/examiner.mjs';
      tell(howItEnded({ code: 0xC0000005, signal: null }));
    `);
    expect(outcome).toBe('its process ended with 0xC0000005');
  });

  it('a claim that hangs is ended, and the next begins', () => {
    const hanging = { id: 'hanging', seconds: 1 };
    expect(examined(`if (id !== 'hanging') say(id, 'fine');`, [hanging, a])).toEqual([
      { status: 'not seen', detail: 'it had not ended after 1 seconds' },
      { status: 'seen', detail: 'fine' },
    ]);
  });

  it('a program that cannot be started is not seen, at once', () => {
    const outcome = inModule<Outcome>(`
      import { Examiner } from '${directory}/examiner.mjs';
      tell(await new Examiner(['./there-is-no-such-program']).examine({ id: 'x', seconds: 600 }, { machine: {} }));
    `);
    expect(outcome.status).toBe('not seen');
    expect(outcome.detail).toMatch(/^its process could not be started: .*ENOENT/);
  });

  it('a claim whose needs are not met is not possible, with the reason, and is not started', () => {
    const claims = [
      { id: 'x', needs: ['account'] },
      { id: 'y', needs: ['kerberos'] },
    ];
    expect(examined(`say(id, 'started');`, claims, { why: 'no administrator' })).toEqual([
      { status: 'not possible', detail: 'no administrator' },
      { status: 'not possible', detail: expect.stringMatching(/^no domain/) as string },
    ]);
  });

  it('the second account goes by standard input, and not by the command line or the environment', () => {
    const answer = `
      const shown = JSON.stringify([process.argv, process.execArgv, process.env]);
      say(id, String(shown.includes(surroundings.identity.password)));`;
    const identity = { user: 'u', domain: 'd', password: 'the-password' };
    expect(examined(answer, [{ id: 'x', needs: ['account'] }], { identity })).toEqual([
      { status: 'seen', detail: 'false' },
    ]);
  });
});

describe('the claims', () => {
  const claims = inModule<{ id: string; number: number; title: string; needs?: string[] }[]>(`
    import { claims } from '${directory}/claims.mjs';
    tell(claims);
  `);

  it('are numbered from 1, and their ids and titles are their own', () => {
    expect(claims.map(({ number }) => number)).toEqual(claims.map((_, i) => i + 1));
    expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length);
    expect(new Set(claims.map(({ title }) => title)).size).toBe(claims.length);
    expect(claims.length).toBeGreaterThanOrEqual(25);
  });

  it('are all that the rows of docs/platforms.md name', () => {
    const rows = inModule<{ claims: string[] }[]>(`
      import { platformRows } from '${directory}/platforms-rows.mjs';
      tell(platformRows);
    `);
    const ids = claims.map(({ id }) => id);
    expect(rows.flatMap((row) => row.claims).filter((id) => !ids.includes(id))).toEqual([]);
  });
});

describe('the temporary account', () => {
  /** Plays PowerShell: notes what it is asked, and knows which accounts there are. */
  const shell = `
    import fs from 'node:fs';
    const accounts = new Set();
    const journal = [];
    const shell = (script, lines) => {
      const kind = script.includes('New-LocalUser') ? 'create' : 'remove';
      journal.push({ kind, secretInScript: script.includes(lines[1] ?? '\\0') });
      if (kind === 'create') accounts.add(lines[0]);
      else accounts.delete(lines[0]);
      return { code: 0, stdout: '', stderr: '' };
    };
    import { openAccount } from '${directory}/account.mjs';
  `;

  it('is made with a random password that is in no script, and removed once', () => {
    const seen = inModule<{ journal: unknown; left: number; during: number; password: string }>(`${shell}
      const account = openAccount(shell);
      const during = accounts.size;
      account.close();
      account.close();
      tell({ journal, left: accounts.size, during, password: account.identity.password });
    `);
    expect(seen).toMatchObject({
      journal: [
        { kind: 'create', secretInScript: false },
        { kind: 'remove', secretInScript: false },
      ],
      during: 1,
      left: 0,
    });
    expect(seen.password.length).toBeGreaterThanOrEqual(32);
  });

  it('that cannot be made says why, and removes what may have been made after all', () => {
    const account = inModule<{ about: string; identity?: object; kinds: string[] }>(`${shell}
      const failing = (script, lines) =>
        script.includes('New-LocalUser') ? (shell(script, lines), { code: 1, stderr: 'Access denied.\\r\\nAt line 1' }) : shell(script, lines);
      const { about, identity } = openAccount(failing);
      tell({ about, identity, kinds: journal.map(({ kind }) => kind) });
    `);
    expect(account).toEqual({
      about: 'no local account could be made: Access denied.',
      kinds: ['create', 'remove'],
    });
  });

  it('that cannot be removed says so, with the command that does it', () => {
    const left = inModule<string>(`${shell}
      const stubborn = (script, lines) =>
        script.includes('Remove-LocalUser') ? { code: 1, stderr: 'No.' } : shell(script, lines);
      tell(openAccount(stubborn).close());
    `);
    expect(left).toMatch(/could not be removed \(No\.\)\. Remove it: net user sspi-check-[0-9a-f]{6} \/delete$/);
  });

  it('keeps within what Windows allows: 20 characters for the name, 48 for the description', () => {
    const { name, about } = inModule<{ name: string; about: string }>(`${shell}
      let about;
      const reading = (script, lines) => ((about ??= /about = '([^']*)'/.exec(script)[1]), shell(script, lines));
      const account = openAccount(reading);
      account.close();
      tell({ name: account.identity.user, about });
    `);
    expect(name.length).toBeLessThanOrEqual(20);
    expect(about.length).toBeLessThanOrEqual(48);
  });

  const endings = [
    ['an uncaught error', `setTimeout(() => { throw new Error('a fault'); }, 10);`],
    ['process.exit', `setTimeout(() => process.exit(3), 10);`],
    ['its own end', ''],
  ];
  it.each(endings)('is removed at %s', (_, end) => {
    const file = path.join(os.tmpdir(), `sspi-account-${process.pid}`);
    const script = `${shell}
      openAccount(shell);
      process.on('exit', () => fs.writeFileSync(${JSON.stringify(file)}, String(accounts.size)));
      ${end}
    `;
    spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: checkout });
    expect(fs.readFileSync(file, 'utf8')).toBe('0');
    fs.rmSync(file);
  });

  // A signal that Windows cannot send to another process; there the console does.
  const itOnUnix = process.platform === 'win32' ? it.skip : it;
  itOnUnix.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is removed at %s', async (signal) => {
    const file = path.join(os.tmpdir(), `sspi-account-${process.pid}-${signal}`);
    const script = `${shell}
      import { exitAtSignals } from '${directory}/signals.mjs';
      exitAtSignals();
      openAccount(shell);
      process.on('exit', () => fs.writeFileSync(${JSON.stringify(file)}, String(accounts.size)));
      console.log('ready');
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: checkout });
    await once(child.stdout, 'data');
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(128 + os.constants.signals[signal]);
    expect(fs.readFileSync(file, 'utf8')).toBe('0');
    fs.rmSync(file);
  });
});

describe('the report', () => {
  it('counts, dates and names what was examined, and reads back as it was written', () => {
    const claims = [claim('a', 'seen', 'x'), claim('b', 'not seen', 'y'), claim('c', 'not possible', 'z')];
    const made = report(claims);
    expect(made).toMatchObject({
      format: 1,
      made: '2026-12-01T10:00:00.000Z',
      package: { version: '0.1.0' },
      binary,
      machine: { architecture: 'x64', domain: false },
      claims,
      summary: { seen: 1, 'not seen': 1, 'not possible': 1 },
    });
    expect(made['machine']).not.toHaveProperty('binaryFile');
    const again = inModule(`
      import { readReport, reportText } from '${directory}/report.mjs';
      tell(readReport(reportText(${JSON.stringify(made)})));
    `);
    expect(again).toEqual(made);
  });

  it('of another form is refused', () => {
    const good = JSON.stringify(report([claim('a', 'seen')]));
    const read = (change: string): unknown =>
      inModule(`
        import { readReport } from '${directory}/report.mjs';
        const report = ${good};
        ${change}
        try { readReport(JSON.stringify(report)); tell('taken'); } catch (error) { tell(error.message); }
      `);
    expect(read('')).toBe('taken');
    expect(read('report.format = 2')).toMatch(/its format is not 1/);
    expect(read('report.made = "yesterday"')).toMatch(/no date/);
    expect(read('delete report.claims')).toMatch(/no claims/);
    expect(read('report.claims[0].status = "perhaps"')).toMatch(/The claim a has the status perhaps/);
  });

  it('has no names of the machine, its users and its domains, no home directory and no password', () => {
    const env = { USERNAME: 'Annette', USERDOMAIN: 'CONTOSO', COMPUTERNAME: 'PC-17', USERDNSDOMAIN: 'contoso.example' };
    const identity = { user: 'sspi-check-0a1b2c', domain: 'PC-17', password: 'geheim/+aA1!' };
    const said = [
      'CONTOSO\\annette and Annettes, at pc-17.contoso.example',
      `${os.homedir()}${path.sep}x and PC-17\\sspi-check-0a1b2c by geheim/+aA1!`,
      'S-1-5-21-1111111111-2222222222-3333333333-1104 and S-1-5-32-544',
    ];
    const scrubbed = inModule<string[]>(`
      import { scrubber } from '${directory}/scrub.mjs';
      const scrub = scrubber(${JSON.stringify(env)}, ${JSON.stringify(identity)});
      tell(${JSON.stringify(said)}.map(scrub));
    `);
    expect(scrubbed).toEqual([
      '<domain>\\<user> and Annettes, at <computer>.<domain>',
      `<home>${path.sep}x and <computer>\\<account> by <password>`,
      'S-1-5-21-…-1104 and S-1-5-32-544',
    ]);
  });
});

describe('the page', () => {
  const page = (made: object): string =>
    inModule(`
      import { pageOf } from '${directory}/page.mjs';
      tell(pageOf(${JSON.stringify(made)}));
    `);

  it('has each claim with its number, status and detail, and nothing from elsewhere', () => {
    const html = page(report([claim('a', 'seen', 'fine'), claim('b', 'not possible', 'no domain')]));
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toMatch(
      /<td class="number">1<\/td><td>the claim a<\/td><td class="status">✓ seen<\/td><td>fine<\/td>/,
    );
    expect(html).toMatch(/– not possible<\/td><td>no domain<\/td>/);
    expect(html).not.toMatch(/<script|<link|https?:/);
  });

  it('shows what a claim said as text, never as markup', () => {
    const html = page(report([claim('a', 'not seen', '<img src=x onerror="alert(1)"> & more')]));
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; more');
    expect(html).not.toContain('<img');
  });

  it('has the rows of figures as a table', () => {
    const figures = { rows: [{ inFlight: 64, perSecond: 1234 }] };
    const html = page(report([claim('a', 'seen', 'x', figures)]));
    expect(html).toMatch(/<th>inFlight<\/th><th>perSecond<\/th><\/tr>\n<tr><td>64<\/td><td>1234<\/td>/);
  });
});

describe('the column for Windows', () => {
  const cell = (row: object, reports: readonly object[]): string =>
    inModule(`
      import { cellOf } from '${directory}/platforms-column.mjs';
      tell(cellOf(${JSON.stringify(row)}, ${JSON.stringify(reports)}));
    `);
  const seen = report([claim('a', 'seen'), claim('b', 'seen')]);
  const half = report([claim('a', 'seen'), claim('b', 'not seen')], '2026-12-02T10:00:00.000Z');
  const row = { title: 'both', claims: ['a', 'b'] };

  it('says that there is no report', () => {
    expect(cell(row, [])).toBe('no report yet');
    expect(cell({ ...row, architecture: 'ia32' }, [seen])).toBe('no report yet');
  });

  it('says seen only where one report has seen all of a row’s claims, with where and when', () => {
    expect(cell(row, [seen])).toBe('seen: x64, 10.0.26100, 0.1.0, 2026-12-01');
    expect(cell(row, [half, seen])).toBe('seen: x64, 10.0.26100, 0.1.0, 2026-12-01');
    expect(cell(row, [half])).toBe('not seen: x64, 10.0.26100, 0.1.0, 2026-12-02');
    expect(cell({ title: 'neither', claims: ['unheard-of'] }, [seen])).toMatch(/^not possible: /);
    expect(cell({ title: 'no claims', claims: [] }, [seen])).toBe('not examined');
  });

  it('is filled in for every row of docs/platforms.md, and refuses a row that it does not know', () => {
    const filled = inModule<string>(`
      import fs from 'node:fs';
      import { withColumn } from '${directory}/platforms-column.mjs';
      tell(withColumn(fs.readFileSync('docs/platforms.md', 'utf8'), []));
    `);
    expect([...filled.matchAll(/\| no report yet \|$/gm)].length).toBeGreaterThanOrEqual(14);
    const refused = (): string =>
      inModule(`
        import fs from 'node:fs';
        import { withColumn } from '${directory}/platforms-column.mjs';
        withColumn(fs.readFileSync('docs/platforms.md', 'utf8').replace('the ia32 binary', 'the ia64 binary'), []);
      `);
    expect(refused).toThrow(/does not know the row “the ia64 binary”/);
  });

  it('takes no report that was made under Wine', () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-seen-'));
    try {
      const wine = { ...seen, machine: { ...machine, wine: 'wine-8.0' } };
      fs.writeFileSync(path.join(place, 'a.json'), JSON.stringify(wine));
      const read = (): object[] =>
        inModule(`
          import { reportsIn } from '${directory}/platforms-column.mjs';
          tell(reportsIn(${JSON.stringify(place)}));
        `);
      expect(read).toThrow(/a\.json was made under Wine/);
      fs.writeFileSync(path.join(place, 'a.json'), JSON.stringify(seen));
      expect(read()).toHaveLength(1);
    } finally {
      fs.rmSync(place, { recursive: true });
    }
  });
});
