import { handshakeDisposed, handshakeEstablished, handshakeFailed, legFinished, ntlmChosen } from './channels';
import { decodeGrants } from '../flags/tables';
import { once } from '../once';
import { SspiError } from '../errors/sspi-error';
import { statusCode } from '../errors/status-code';
import type { Disposal, EndedLeg, HandshakeObserver } from './observer';
import type { Evidence } from '../errors/evidence';

const whyNtlm = once(() => require('../explain/why-ntlm') as typeof import('../explain/why-ntlm'));

/**
 * Publishes what happens to handshakes: names, sizes and durations, of which only those are computed that somebody has
 * subscribed to. Tokens stay here.
 */
export const publisher: HandshakeObserver = {
  get watching() {
    return (
      legFinished.hasSubscribers ||
      handshakeEstablished.hasSubscribers ||
      handshakeFailed.hasSubscribers ||
      handshakeDisposed.hasSubscribers ||
      ntlmChosen.hasSubscribers
    );
  },

  legEnded(leg) {
    if (leg.begun && legFinished.hasSubscribers) publishLeg(leg);
    if (leg.outcome === 'failed' && handshakeFailed.hasSubscribers) publishFailure(leg);
    const { evidence } = leg;
    if (evidence === undefined) return;
    if (ntlmChosen.hasSubscribers && evidence.negotiated?.toUpperCase() === 'NTLM') publishNtlm(leg, evidence);
    if (handshakeEstablished.hasSubscribers) publishEstablished(leg, evidence);
  },

  disposed(disposal: Disposal) {
    if (handshakeDisposed.hasSubscribers) handshakeDisposed.publish(Object.freeze({ ...disposal }));
  },
};

function publishLeg({ handshake, index, call, outcome, error, status, received, sent, duration }: EndedLeg): void {
  legFinished.publish(
    Object.freeze({
      handshake,
      index,
      call,
      outcome,
      code: outcome === 'failed' || status === undefined ? codeOf(error) : statusCode(status),
      status,
      received: received?.length,
      sent: sent?.length,
      duration,
    }),
  );
}

function publishEstablished({ handshake, index, expiry, total }: EndedLeg, evidence: Evidence): void {
  const { negotiated = handshake.package, granted = 0, clientName } = evidence;
  handshakeEstablished.publish(
    Object.freeze({
      handshake,
      package: negotiated,
      flags: decodeGrants(granted, handshake.role),
      clientName,
      expiry: expiry === undefined ? undefined : new Date(expiry),
      legs: index + 1,
      duration: total,
    }),
  );
}

function publishFailure({ handshake, index, error, total }: EndedLeg): void {
  const fault = SspiError.isSspiError(error) ? error : undefined;
  const cause = fault?.explain().causes[0];
  handshakeFailed.publish(
    Object.freeze({
      handshake,
      code: fault?.code,
      status: fault?.status,
      call: fault?.api,
      leg: index,
      cause: cause?.cause,
      likelihood: cause?.likelihood,
      summary: cause?.summary,
      duration: total,
    }),
  );
}

function publishNtlm({ handshake }: EndedLeg, evidence: Evidence): void {
  ntlmChosen.publish(Object.freeze({ handshake, ...whyNtlm().ntlmUse(evidence) }));
}

function codeOf(error: unknown): SspiError['code'] | undefined {
  return SspiError.isSspiError(error) ? error.code : undefined;
}
