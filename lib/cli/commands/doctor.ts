import { maxHeaderSize } from 'node:http';
import { checkControllers } from '../doctor/controllers';
import { checkCredentials, checkPackages } from '../doctor/packages';
import { checkEnvironment } from '../doctor/environment';
import { checkHeaders } from '../doctor/headers';
import { checkMachine } from '../doctor/machine';
import { checkPolicies } from '../doctor/policies';
import { checkTarget } from '../doctor/target';
import { checkUrl } from '../doctor/url';
import { exitCodes, type Command } from '../command';
import { findDomain } from '../doctor/domain';
import { listPackages } from '../../packages';
import { loadBinding } from '../../binding/load';
import { machineRegistry } from '../doctor/registry';
import { millisecondsOf, parse } from '../args';
import { parseTarget, spnOf, type UrlTarget } from '../probe/target';
import { printable } from '../../inspect/render/text';
import { SspiError } from '../../errors/sspi-error';
import { styleFor, type Style } from '../output/style';
import { UsageError } from '../usage-error';
import { wrapWords } from '../output/table';
import { writeJson } from '../output/json';
import type { Binding } from '../../binding/binding';
import type { CheckResult, CheckStatus } from '../doctor/check';
import type { PackageInfo } from '../../packages';

const defaultTimeout = 5000;

/** `sspi doctor` */
export const doctorCommand: Command = {
  help: {
    usage: ['doctor [spn | host | url]  [--domain NAME] [--timeout SECONDS] [--json]'],
    about: [
      'Checks this machine: Windows or Wine, Node, the native addon, the packages, the current user’s credentials, the domain controllers (do they answer in time, is their clock the same), the HTTP header limit, the environment, and the security policies that affect a sign-on (NTLM, Credential Guard, encryption types, Extended Protection, LDAP signing, KDC proxy, time service). Each check is ok, warn or FAIL, with advice.',
      'With a service principal name, a host (taken as HOST/…) or a URL, it also checks for an address and a Kerberos ticket; with the URL of a web server also for the proxy of the environment, and the allow-lists of sspi/http’s client and of browsers. What is missing is printed as it has to be written.',
      'The exit code is 1 if a check fails; warnings do not count.',
    ],
    options: [
      ['--domain NAME', 'The DNS name of the domain, if the environment does not have it.'],
      ['--timeout SECONDS', 'How long to wait for each answer. Default: 5.'],
    ],
    examples: [
      ['doctor', 'the machine and its domain'],
      ['doctor HTTP/web.corp.test', 'and whether there is a ticket for a service'],
      ['doctor https://web.corp.test/', 'and which line is missing for a sign-on to a web server'],
      ['doctor --json', 'for a monitoring script'],
    ],
  },

  async run(argv, io) {
    const options = { domain: { type: 'string' }, timeout: { type: 'string' } } as const;
    const { values, positionals } = parse(argv, options);
    if (positionals.length > 1) throw new UsageError(`It takes one target, but got "${positionals.join('", "')}".`);
    const timeout = millisecondsOf(values.timeout, '--timeout', defaultTimeout);
    const [target] = positionals;
    const json = values.json === true;
    const checks: CheckResult[] = [];
    const style = styleFor(io.stdout, io.env);
    const request = { ...(target === undefined ? {} : targetOf(target)), domain: values.domain, timeout };
    for await (const check of examine(request, io.env)) {
      checks.push(check);
      if (!json) io.stdout.write(formatCheck(check, style, io.stdout.columns));
    }
    const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
    const summary = { ok: count('ok'), warn: count('warn'), fail: count('fail'), skip: count('skip') };
    const ok = summary.fail === 0;
    if (json) {
      const error = { code: 'ERR_SSPI_CLI_UNHEALTHY', message: `${summary.fail} of ${checks.length} checks failed.` };
      writeJson(io, { command: 'doctor', ok, result: { summary, checks }, ...(ok ? {} : { error }) });
    } else {
      io.stdout.write(`\n${summary.ok} ok, ${summary.warn} to look at, ${summary.fail} failed\n`);
    }
    return ok ? exitCodes.ok : exitCodes.failed;
  },
};

interface Request {
  /** The service principal name. */
  readonly target?: string;
  /** That of a web server. */
  readonly url?: UrlTarget;
  readonly domain: string | undefined;
  readonly timeout: number;
}

/** All checks, each as soon as it is finished. */
async function* examine(
  { target, url, domain: named, timeout }: Request,
  env: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<CheckResult> {
  const binding = bindingOrUndefined();
  const wine = binding?.wineVersion !== undefined;
  yield* checkMachine(binding?.wineVersion);
  let packages: readonly PackageInfo[] = [];
  if (binding !== undefined) {
    packages = await listPackages();
    yield checkPackages(packages);
    yield* await checkCredentials(AbortSignal.timeout(timeout));
  }
  yield* checkEnvironment(env, wine);
  const registry = machineRegistry(env, timeout);
  yield* await checkPolicies(registry, wine);
  const domain = await findDomain(env, wine, named, timeout);
  if (domain === undefined) {
    const detail = 'none is known: neither the environment nor a krb5.conf has one';
    yield { id: 'domain', title: 'Domain', status: 'skip', detail };
  } else {
    const detail = `${domain.realm} (${domain.source})`;
    const found = domain.controllers.length > 0;
    const advice = 'Check the DNS servers of this machine: those of the domain know its controllers.';
    yield { id: 'domain', title: 'Domain', status: found ? 'ok' : 'warn', detail, ...(found ? {} : { advice }) };
    if (found) yield* await checkControllers(domain, timeout);
  }
  let tokenSize: number | undefined;
  if (target !== undefined && binding !== undefined) {
    const found = await checkTarget(target, AbortSignal.timeout(2 * timeout));
    tokenSize = found.tokenSize;
    yield* found.results;
    if (url !== undefined) {
      const circumstances = { env, registry, wine, hasTicket: tokenSize !== undefined };
      yield* await checkUrl(url, circumstances);
    }
  }
  yield checkHeaders(maxHeaderSize, packages, tokenSize);
}

/** @throws {SspiError} ERR_SSPI_UNSUPPORTED_PLATFORM; an addon that does not load is reported as a check. */
function bindingOrUndefined(): Binding | undefined {
  try {
    return loadBinding();
  } catch (error) {
    if (SspiError.isSspiError(error, 'ERR_SSPI_BINARY_UNAVAILABLE')) return undefined;
    throw error;
  }
}

function targetOf(text: string): Pick<Request, 'target' | 'url'> {
  if (!text.includes('://')) {
    if (/^[^\s/]+(\/[^\s/]+)*$/.test(text)) return { target: text };
    throw new UsageError(`"${text}" is neither a service principal name, nor a host, nor a URL.`);
  }
  const target = parseTarget(text);
  if (target.kind === 'spn') return { target: target.text };
  if (target.kind === 'ldap') return { target: spnOf('ldap', target.host) };
  return { target: spnOf('HTTP', target.host), url: target };
}

const titleWidth = 18;
const statusWidth = 6;

function formatCheck({ title, status, detail, advice }: CheckResult, style: Style, columns = Infinity): string {
  const paint = { ok: style.green, warn: style.yellow, fail: style.red, skip: style.dim }[status];
  const word = (status === 'fail' ? 'FAIL' : status).padEnd(statusWidth);
  const indent = ' '.repeat(statusWidth + titleWidth);
  const width = Math.max(40, columns - indent.length);
  const lines = [
    ...wrapWords(printable(detail), width),
    ...(advice === undefined ? [] : wrapWords(`→ ${advice}`, width)),
  ];
  const [first = '', ...more] = lines;
  return `${[paint(word) + printable(title).padEnd(titleWidth) + first, ...more.map((line) => indent + line)].join('\n')}\n`;
}
