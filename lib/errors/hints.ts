import { diagnose, failingLeg } from './diagnosis';
import { lacksServiceClass, serviceClassHint } from './target-shape';
import { meaningOf } from './catalogue/statuses';
import { remedyOf } from './catalogue/causes';
import { shapeOf } from './token-shape';
import type { FailedCall } from './failed-call';
import type { SspiStatusCode } from './codes';

/**
 * One sentence that says what to do about a status, as precisely as the call allows: the first remedy of the explanation
 * (explain/), as far as it can be determined without decoding tokens.
 */
export function hintFor(code: SspiStatusCode, call: FailedCall): string | undefined {
  const { leg, target, evidence = {} } = call;
  const cause = diagnose(code, leg, evidence);
  if (cause !== undefined) {
    const remedy = remedyOf(cause);
    return code === 'SEC_E_INSUFFICIENT_MEMORY' ? `${remedy} Despite the status, memory is not short.` : remedy;
  }
  const input = failingLeg(leg, evidence)?.received;
  // If there is a token of the service, its name was found.
  if (target !== undefined && lacksServiceClass(target) && input === undefined && isOfTheTarget(code, call)) {
    return serviceClassHint;
  }
  if (input !== undefined && shapeOf(input)?.refusal === true) {
    return 'The peer refused, and its token says why: see error.explain().';
  }
  const { remedy, causes } = meaningOf(code, call);
  const likeliest = causes?.[0]?.[0];
  return remedy ?? (likeliest && remedyOf(likeliest));
}

/** Statuses for a target that is not registered; Wine's Kerberos has one for all failures. */
function isOfTheTarget(code: SspiStatusCode, { package: name, wine }: FailedCall): boolean {
  if (!/^(kerberos|negotiate)$/i.test(name ?? '')) return false;
  if (code === 'SEC_E_INTERNAL_ERROR') return wine === true;
  return code === 'SEC_E_TARGET_UNKNOWN' || code === 'SEC_E_WRONG_PRINCIPAL' || code === 'SEC_E_MUTUAL_AUTH_FAILED';
}
