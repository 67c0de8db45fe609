/** `npm run windows-check`, with all that Wine cannot do: it comes out as not seen, with what happened, and ends nothing. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadBinding } from '#lib/binding/load';
import { run, type Ending } from './processes';

jest.setTimeout(280_000);

interface Claim {
  readonly id: string;
  readonly status: 'seen' | 'not seen' | 'not possible';
  readonly detail: string;
  readonly figures?: Readonly<Record<string, unknown>>;
}

interface Report {
  readonly claims: readonly Claim[];
  readonly summary: Readonly<Record<string, number>>;
  readonly machine: { readonly wine?: string };
}

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-windows-check-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

const wine = Number.parseInt(loadBinding().wineVersion ?? '', 10);
const describeUnderWine = Number.isNaN(wine) ? describe.skip : describe;

let ending: Ending;
let report: Report;
beforeAll(async () => {
  ending = await run('scripts/windows-check/run.mjs', { args: ['--output', directory] });
  report = JSON.parse(fs.readFileSync(path.join(directory, 'windows-check.json'), 'utf8')) as Report;
});

const claim = (id: string): Claim => report.claims.find((candidate) => candidate.id === id) as Claim;

it('ends well, whatever it has found, with a line for each claim', () => {
  expect({ code: ending.code, stderr: ending.stderr }).toEqual({ code: 0, stderr: '' });
  for (const { id, status, detail } of report.claims) {
    expect([id, status]).toEqual([id, expect.stringMatching(/^(seen|not seen|not possible)$/)]);
    expect([id, detail]).toEqual([id, expect.stringMatching(/./)]);
  }
  const { summary } = report;
  expect((summary['seen'] ?? 0) + (summary['not seen'] ?? 0) + (summary['not possible'] ?? 0)).toBe(
    report.claims.length,
  );
});

it('writes a page that has each claim', () => {
  const page = fs.readFileSync(path.join(directory, 'windows-check.html'), 'utf8');
  expect([...page.matchAll(/<td class="number">/g)]).toHaveLength(report.claims.length);
});

describeUnderWine('under Wine', () => {
  it.each([
    'load',
    'load-renamed',
    'load-spaces',
    'load-non-ascii',
    'load-long',
    'ntlm-account',
    'ntlm-refused',
    'negotiate-account',
    'schannel-client',
    'kerberos-mutual',
    'kerberos-wrap',
    'http-kerberos',
  ])('%s is seen', (id) => {
    expect(claim(id)).toMatchObject({ id, status: 'seen' });
  });

  it.each([
    ['ntlm-own', /failed on leg \d: SEC_E_/],
    ['spnego-legs', /client: NTLM NEGOTIATE; /],
    ['spnego-mic', /a mechListMIC from: nobody/],
    ['client-name', /^clientName is undefined$/],
    ['access-token', /^QuerySecurityContextToken failed: SEC_E_UNSUPPORTED_FUNCTION/],
    ['impersonation', /^ImpersonateSecurityContext failed: SEC_E_UNSUPPORTED_FUNCTION/],
    ['http-own', /failed on leg \d: SEC_E_/],
    ['http-account', /the name is undefined/],
    ['wrap-ntlm', /./],
    ['altered-message', /./],
    ['handles', /did not tell how many handles/],
  ])('%s is not seen, and it says what happened', (id, detail) => {
    expect(claim(id)).toMatchObject({ id, status: 'not seen', detail: expect.stringMatching(detail) as string });
  });

  it('what is not seen failed by SSPI’s own answer, by what was found, or by the end of its process, never by a fault of the check', () => {
    const faults = report.claims.filter(({ detail }) =>
      /TypeError|ReferenceError|SyntaxError|ERR_MODULE|ENOENT/.test(detail),
    );
    expect(faults).toEqual([]);
  });

  it('the figures of many handshakes at once are there, seen or not', () => {
    const { figures, detail } = claim('thread-pool');
    expect(figures?.['rows'] ?? detail).toEqual(
      figures === undefined
        ? expect.stringMatching(/64 in flight: \d+\/s/)
        : [1, 4, 16, 64, 256].map((inFlight) => expect.objectContaining({ inFlight }) as object),
    );
  });

  it('the report has no secret in it', () => {
    const lab = JSON.parse(fs.readFileSync(process.env['SSPI_LAB'] as string, 'utf8')) as {
      users: Record<string, { password: string }>;
    };
    const text = JSON.stringify(report) + fs.readFileSync(path.join(directory, 'windows-check.html'), 'utf8');
    for (const { password } of Object.values(lab.users)) expect(text + ending.stdout).not.toContain(password);
    expect(report.machine.wine).toMatch(/^wine-/);
  });
});
