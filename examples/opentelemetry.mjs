/**
 * Sign-ons as OpenTelemetry spans, from the events of docs/events.md.
 *
 *   import { traceSspi } from './opentelemetry.mjs';
 *   const stop = traceSspi();     // once, after the SDK has been set up
 *
 * Each handshake is one span, a child of the span that was active when its first leg was made, and each leg an event in it. Names
 * of users are left out, because traces often go to people who must not see them.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/**
 * @import { Attributes, Span, Tracer } from '@opentelemetry/api'
 * @import { ObservedHandshake, SspiEvents } from 'sspi'
 */

/**
 * Makes spans of all sign-ons of this process.
 * @param {Tracer} tracer
 * @returns {() => void} ends that
 */
export function traceSspi(tracer = trace.getTracer('sspi')) {
  /**
   * The spans of handshakes running. A handshake that is forgotten takes its span along.
   * @type {WeakMap<ObservedHandshake, Span>}
   */
  const spans = new WeakMap();

  /**
   * @param {ObservedHandshake} handshake
   * @param {number} duration how long ago it began, in milliseconds
   */
  function spanOf(handshake, duration = 0) {
    const known = spans.get(handshake);
    if (known !== undefined) return known;
    const { role, package: name, target } = handshake;
    const span = tracer.startSpan(role === 'initiator' ? 'sspi initiate' : 'sspi accept', {
      kind: role === 'initiator' ? SpanKind.CLIENT : SpanKind.SERVER,
      startTime: Date.now() - duration,
      attributes: definedOnly({ 'sspi.credential.package': name, 'sspi.target': target }),
    });
    spans.set(handshake, span);
    return span;
  }

  /** @type {{ [Name in keyof SspiEvents]?: (event: SspiEvents[Name]) => void }} */
  const handlers = {
    'sspi:leg:finished': ({ handshake, index, call, code, received, sent, duration }) => {
      spanOf(handshake, duration).addEvent(
        call,
        definedOnly({
          'sspi.leg': index,
          'sspi.status': code,
          'sspi.received.bytes': received,
          'sspi.sent.bytes': sent,
          'sspi.duration.ms': duration,
        }),
      );
    },
    'sspi:ntlm:chosen': ({ handshake, reasons }) => {
      spanOf(handshake).setAttribute(
        'sspi.ntlm.reasons',
        reasons.map(({ reason }) => reason),
      );
    },
    'sspi:handshake:established': ({ handshake, package: name, flags }) => {
      const span = spanOf(handshake);
      span.setAttributes({ 'sspi.package': name, 'sspi.flags': [...flags] });
      span.end();
      spans.delete(handshake);
    },
    'sspi:handshake:failed': ({ handshake, code, cause, summary }) => {
      const span = spanOf(handshake);
      span.setAttributes(definedOnly({ 'error.type': code ?? '_OTHER', 'sspi.cause': cause }));
      span.setStatus({ code: SpanStatusCode.ERROR, ...(summary !== undefined && { message: summary }) });
      span.end();
      spans.delete(handshake);
    },
  };

  for (const [name, handle] of Object.entries(handlers)) subscribe(name, /** @type {any} */ (handle));
  return () => {
    for (const [name, handle] of Object.entries(handlers)) unsubscribe(name, /** @type {any} */ (handle));
  };
}

/**
 * Attributes without those that are not known.
 * @param {Record<string, string | number | undefined>} attributes
 * @returns {Attributes}
 */
function definedOnly(attributes) {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
