import { bindingsOf, gatherClues, type Clues } from './clues';
import { currentUserRule, identityRule, targetRule } from './rules/logon';
import { fallbackRule, ntlmClockRule, ntlmRefusalRule } from './rules/ntlm';
import { grantNames } from './flag-names';
import { alertRule } from './rules/alerts';
import { diagnosisRule, inputRule, rejectionRule } from './rules/tokens';
import { kerberosErrorRule } from './rules/kerberos';
import { rank, type Rule } from './rank';
import { requirementRule } from './rules/requirements';
import { signsOf } from './signs';
import { statusRule } from './rules/status';
import { textOf } from './text';
import { usageRule } from './rules/usage';
import { wineRule } from './rules/wine';
import type { Evidence } from '../errors/evidence';
import type { Failure } from '../errors/failure';
import type { ExplainedCall, ExplainedFacts, ExplainedToken, Explanation, LikelyCause } from './explanation';
import type { SspiErrorCode } from '../errors/codes';

const rules: readonly Rule[] = [
  diagnosisRule,
  kerberosErrorRule,
  alertRule,
  inputRule,
  requirementRule,
  fallbackRule,
  ntlmRefusalRule,
  ntlmClockRule,
  identityRule,
  currentUserRule,
  targetRule,
  wineRule,
  rejectionRule,
  statusRule,
  usageRule,
];

/** See `SspiError.explain`. */
export function explain(error: Failure, evidence: Evidence | undefined): Explanation {
  const clues = gatherClues(error, evidence ?? {});
  const signs = signsOf(clues);
  const causes = rank(
    rules.flatMap((rule) => rule(clues)),
    signs,
  );
  if (causes.length === 0) {
    const because = [error.hint ?? error.message];
    causes.push(...rank([{ cause: 'other', ground: 'usual', weight: 0, because }], signs));
  }
  return new Explained(error, factsOf(clues), causes, clues.exchange);
}

class Explained implements Explanation {
  readonly code: SspiErrorCode;
  readonly message: string;
  readonly call: ExplainedCall;
  readonly facts: ExplainedFacts;
  readonly causes: readonly LikelyCause[];
  readonly exchange: readonly ExplainedToken[];

  constructor(
    error: Failure,
    facts: ExplainedFacts,
    causes: readonly LikelyCause[],
    exchange: readonly ExplainedToken[],
  ) {
    const { api, leg, status } = error;
    this.code = error.code;
    this.message = error.message;
    this.call = known({ api, leg, status });
    this.facts = facts;
    this.causes = causes;
    this.exchange = exchange;
  }

  toString(): string {
    return textOf(this);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return textOf(this);
  }
}

function factsOf({ error, evidence, mechanism }: Clues): ExplainedFacts {
  const { role, account, requested, granted } = evidence;
  const bindings = bindingsOf(evidence);
  return known({
    role,
    package: evidence.package,
    mechanism,
    target: evidence.target,
    account:
      account !== undefined ? accountText(account) : evidence.use === 'outbound' ? 'the current user' : undefined,
    clientName: evidence.clientName,
    serverName: evidence.serverName,
    requestedFlags: role && requested !== undefined ? grantNames(requested, role, 'requested') : undefined,
    grantedFlags: role && granted !== undefined ? grantNames(granted, role, 'granted') : undefined,
    missing: error.missing,
    channelBindings:
      evidence.legs === undefined ? undefined : (bindings?.type ?? (bindings === undefined ? 'none' : 'given')),
    wine: evidence.wineVersion,
  });
}

function accountText({ user, domain }: { readonly user: string; readonly domain: string | undefined }): string {
  return domain === undefined ? user : `${domain}\\${user}`;
}

type Known<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Removes unknown fields, so that JSON and deep comparisons see no empty ones. */
function known<T extends object>(fields: T): Known<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Known<T>;
}
