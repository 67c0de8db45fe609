import { readFileSync, writeFileSync } from 'node:fs';
import { exitCodes, type Command } from '../command';
import { explainChoice, type Choice } from '../probe/choice';
import { faultOf, formatFault } from '../output/faults';
import { Failure } from '../failure';
import { formatLeg, formatSummary } from '../probe/text';
import { initiatorFlags, type InitiatorFlag } from '../../flags/tables';
import { jsonResult } from '../probe/json';
import { lacksBindings } from '../../wine';
import { loadBinding } from '../../binding/load';
import { millisecondsOf, parse } from '../args';
import { nearest } from '../nearest';
import { parseTarget, type ProbeTarget } from '../probe/target';
import { passwordFor } from '../probe/password';
import { probePage } from '../probe/page';
import { seenIn } from '../probe/mechanism';
import { Session } from '../probe/session';
import { styleFor } from '../output/style';
import { failedLeg, Trace } from '../probe/trace';
import { UsageError } from '../usage-error';
import { writeJson } from '../output/json';
import type { Identity } from '../../credentials/identity';
import type { Io } from '../io';
import type { ProbeSettings } from '../probe/settings';

const options = {
  package: { type: 'string', default: 'Negotiate' },
  user: { type: 'string' },
  domain: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  // Known only so that it can be refused with a reason.
  password: { type: 'string' },
  flags: { type: 'string' },
  spn: { type: 'string' },
  'no-channel-bindings': { type: 'boolean' },
  'no-accept': { type: 'boolean' },
  ca: { type: 'string' },
  insecure: { type: 'boolean' },
  html: { type: 'string' },
  timeout: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse<typeof options>>['values'];

const defaultTimeout = 30_000;

/** `sspi probe` */
export const probeCommand: Command = {
  help: {
    usage: ['probe <spn | http[s]://… | ldap[s]://…>  [options]'],
    about: [
      'Signs on to a service, and shows each leg as it happens: the side, the call and its status, and the size and content of the token. Then it shows which package was used and why, what was granted, the certificate’s channel binding, and the time it took. A failure is explained.',
      'http and https: Negotiate or NTLM over one connection, for https with channel bindings. ldap and ldaps: a SASL bind (GSS-SPNEGO, or GSSAPI with --package Kerberos), then the account that the server sees. A bare service principal name: a client and a server in this process, if it can accept.',
      'A password never comes from the command line, because every user of a machine can read the command lines of all processes, and shells store them. It is prompted for, or comes from the standard input or the variable SSPI_PASSWORD.',
    ],
    options: [
      ['--package NAME', 'Negotiate (the default), Kerberos or NTLM.'],
      ['--user NAME', 'Sign on as somebody else: alice, alice@corp.test or CORP\\alice.'],
      ['--domain NAME', 'The domain or realm of --user.'],
      ['--password-stdin', 'Read the password from the standard input.'],
      ['--flags A,B,…', 'Request these flags and no others: mutualAuth, integrity, confidentiality, delegate, …'],
      ['--spn NAME', 'The service principal name, if it differs from that of the URL.'],
      ['--no-channel-bindings', 'Do not bind the sign-on to the TLS channel.'],
      ['--no-accept', 'With a bare name: make only the client’s first token (is there a ticket?).'],
      ['--ca FILE', 'Also trust the certificate authorities in this PEM file.'],
      ['--insecure', 'Continue although the certificate is not trusted.'],
      ['--html FILE', 'Write a sequence diagram of the exchange, as one HTML page.'],
      ['--timeout SECONDS', 'Give up after this time. Default: 30.'],
    ],
    examples: [
      ['probe HTTP/web.corp.test', 'is there a ticket for the name, and does the key of this process match it?'],
      ['probe https://intranet.corp.test/ --html sign-on.html', 'sign on to a web server and draw the exchange'],
      ['probe ldap://dc1.corp.test --package Kerberos', 'bind to a domain controller, without NTLM'],
      ['probe ldap://dc1.corp.test --user bob@corp.test', 'as somebody else; prompts for the password'],
    ],
  },

  async run(argv, io) {
    const { values, positionals } = parse(argv, options);
    const target = targetOf(positionals);
    checkPassword(values);
    const flags = flagsOf(values.flags);
    const timeout = millisecondsOf(values.timeout, '--timeout', defaultTimeout);
    const bindable = !lacksBindings(loadBinding(), values.package);
    const settings: ProbeSettings = {
      package: values.package,
      identity: await identityOf(values, io),
      flags,
      spn: values.spn,
      channelBindings: values['no-channel-bindings'] !== true && bindable,
      accept: values['no-accept'] !== true,
      insecure: values.insecure === true,
      authorities: values.ca === undefined ? undefined : readText(values.ca),
      timeout,
    };
    return runProbe(target, settings, values, io);
  },
};

async function runProbe(target: ProbeTarget, settings: ProbeSettings, values: Values, io: Io): Promise<number> {
  const style = styleFor(io.stdout, io.env);
  const json = values.json === true;
  const begun = new Date();
  const start = performance.now();
  const aborter = new AbortController();
  const trace = new Trace(json ? undefined : (leg) => io.stdout.write(formatLeg(leg, style)));
  const session = new Session(settings, trace, aborter.signal);
  if (target.kind !== 'spn' && target.tls && !settings.channelBindings && values['no-channel-bindings'] !== true) {
    session.findings.remarks.push('Wine ignores channel bindings: the sign-on is not bound to the TLS channel.');
  }
  const timer = setTimeout(() => aborter.abort(), settings.timeout);
  if (!json) io.stdout.write(`${style.bold(target.text)} by ${settings.package}\n`);
  let error: unknown;
  try {
    await perform(target, session);
  } catch (thrown) {
    session.findings.outcome = 'failed';
    error = aborter.signal.aborted ? timeoutError(session) : thrown;
  } finally {
    clearTimeout(timer);
    await session.end();
  }
  session.findings.timings['total'] = performance.now() - start;
  const choice = choiceOf(session);
  if (values.html !== undefined) writeFileSync(values.html, probePage(target, session, choice, error, begun));
  const ok = error === undefined;
  if (json) {
    const fault = ok ? {} : { error: faultOf(error) };
    writeJson(io, { command: 'probe', ok, result: jsonResult(target, session, choice), ...fault });
  } else {
    io.stdout.write(formatSummary(session, choice, style));
    if (!ok) io.stderr.write(`\n${formatFault(error, styleFor(io.stderr, io.env), failedLeg(trace.legs))}\n`);
    if (values.html !== undefined) io.stdout.write(`The diagram is in ${values.html}\n`);
  }
  return ok ? exitCodes.ok : exitCodes.failed;
}

async function perform(target: ProbeTarget, session: Session): Promise<void> {
  if (target.kind === 'spn') {
    return (require('../probe/spn') as typeof import('../probe/spn')).probeSpn(target, session);
  }
  return target.kind === 'http'
    ? (require('../probe/http') as typeof import('../probe/http')).probeHttp(target, session)
    : (require('../probe/ldap') as typeof import('../probe/ldap')).probeLdap(target, session);
}

function choiceOf({ settings, findings, trace }: Session): Choice {
  const { identity } = settings;
  return explainChoice({
    seen: seenIn(trace.legs),
    package: findings.package ?? settings.package,
    target: findings.spn ?? '',
    account: identity && { user: identity.user, domain: identity.domain },
    serviceOffers: findings.offers,
  });
}

function timeoutError({ settings, stage }: Session): Failure {
  return new Failure(
    'ERR_SSPI_CLI_TIMEOUT',
    `It took longer than ${settings.timeout / 1000} s, and was ${stage}.`,
    'A domain controller that does not answer can make SSPI wait for more than a minute: "sspi doctor" looks for one. Use --timeout to wait longer.',
  );
}

function targetOf(positionals: readonly string[]): ProbeTarget {
  const [first, second] = positionals;
  if (first === undefined) throw new UsageError('It needs a service principal name or a URL.');
  if (second !== undefined) throw new UsageError(`It takes one target, but got "${positionals.join('", "')}".`);
  return parseTarget(first);
}

function checkPassword(values: Values): void {
  if (values.password !== undefined) {
    throw new UsageError(
      'A password on the command line can be read by every user of this machine, and remains in the history of the shell.',
      'Leave it out to be prompted, or use --password-stdin or the environment variable SSPI_PASSWORD.',
    );
  }
  if (values.user === undefined && (values['password-stdin'] === true || values.domain !== undefined)) {
    throw new UsageError('--password-stdin and --domain need --user.');
  }
}

async function identityOf(values: Values, io: Io): Promise<Identity | undefined> {
  const { user, domain } = values;
  if (user === undefined) return undefined;
  const password = await passwordFor(user, values['password-stdin'] === true, io);
  return domain === undefined ? { user, password } : { user, domain, password };
}

function flagsOf(list: string | undefined): readonly InitiatorFlag[] | undefined {
  if (list === undefined) return undefined;
  const known = Object.keys(initiatorFlags);
  return list
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map((name) => {
      if (Object.hasOwn(initiatorFlags, name)) return name as InitiatorFlag;
      const near = nearest(name, known);
      throw new UsageError(
        `There is no flag "${name}".`,
        near === undefined ? `Known flags: ${known.join(', ')}.` : `Did you mean ${near}?`,
      );
    });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--ca: ${(error as Error).message}`);
  }
}
