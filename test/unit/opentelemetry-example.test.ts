/** examples/opentelemetry.mjs with OpenTelemetry's own SDK, in a process of its own: the example is an ES module. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

interface Exported {
  readonly name: string;
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string };
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly milliseconds: number;
}

/** Runs a program that signs on, and gives the spans that OpenTelemetry exported, in the order of their ends. */
function spansOf(script: string, program: string): Exported[] {
  const source = `
    import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
    import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
    import { context, trace } from '@opentelemetry/api';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { acquireCredentials, accept, initiate } from 'sspi';
    import { scriptedProvider, useProvider } from 'sspi/testing';
    import { traceSspi } from './examples/opentelemetry.mjs';

    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(provider);
    const stop = traceSspi();
    const tracer = trace.getTracer('application');
    /** Runs work inside a span of the application's. */
    const within = (name, work) => tracer.startActiveSpan(name, async (span) => {
      await work().catch(() => undefined);
      span.end();
    });

    useProvider(scriptedProvider(${script}));
    const credentials = await acquireCredentials({ package: 'Negotiate', use: 'both' });
    ${program}
    const names = new Map(exporter.getFinishedSpans().map((span) => [span.spanContext().spanId, span.name]));
    console.log(JSON.stringify(exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      parent: names.get(span.parentSpanContext?.spanId),
      attributes: span.attributes,
      status: span.status,
      events: span.events.map(({ name, attributes }) => ({ name, attributes })),
      milliseconds: span.duration[0] * 1e3 + span.duration[1] / 1e6,
    }))));
  `;
  const options = { cwd: root, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', source], options)) as Exported[];
}

test('a sign-on is one span, a child of the caller’s, with its legs as events', () => {
  const script = `{
    initiator: [
      { status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('first'), until: sleep(20) },
      { status: 'SEC_E_OK', token: Buffer.from('last'), flags: ['mutualAuth'] },
    ],
    negotiated: 'NTLM',
  }`;
  const program = `
    await within('request', async () => {
      const client = initiate(credentials, { target: 'HTTP/10.0.0.1' });
      for await (const leg of client.legs([Buffer.from('answer')])) await sleep(1);
    });
  `;
  const [span, request] = spansOf(script, program);
  expect(request).toMatchObject({ name: 'request' });
  expect(span).toMatchObject({
    name: 'sspi initiate',
    parent: 'request',
    attributes: {
      'sspi.credential.package': 'Negotiate',
      'sspi.target': 'HTTP/10.0.0.1',
      'sspi.package': 'NTLM',
      'sspi.flags': [],
      'sspi.ntlm.reasons': ['target-is-address'],
    },
    status: { code: 0 },
    events: [
      {
        name: 'InitializeSecurityContext',
        attributes: { 'sspi.leg': 0, 'sspi.status': 'SEC_I_CONTINUE_NEEDED', 'sspi.sent.bytes': 5 },
      },
      {
        name: 'InitializeSecurityContext',
        attributes: { 'sspi.leg': 1, 'sspi.status': 'SEC_E_OK', 'sspi.received.bytes': 6, 'sspi.sent.bytes': 4 },
      },
    ],
  });
  // From the beginning of the first leg, which took 20 ms, to the end of the last.
  expect(span?.milliseconds).toBeGreaterThan(15);
  expect(span?.milliseconds).toBeLessThanOrEqual((request?.milliseconds ?? 0) + 2);
});

test('sign-ons at the same time are children of their own requests', () => {
  const script = `{ initiator: () => ({ status: 'SEC_E_OK', token: Buffer.from('x'), until: sleep(5) }) }`;
  const program = `
    await Promise.all(['one', 'two', 'three'].map((name) =>
      within(name, () => initiate(credentials, { target: 'HTTP/' + name + '.corp.test' }).step())));
  `;
  const spans = spansOf(script, program).filter(({ name }) => name === 'sspi initiate');
  expect(spans.map(({ parent, attributes }) => [parent, attributes['sspi.target']])).toEqual([
    ['one', 'HTTP/one.corp.test'],
    ['two', 'HTTP/two.corp.test'],
    ['three', 'HTTP/three.corp.test'],
  ]);
});

test('a failure has its cause, and nothing is traced after the end', () => {
  const script = `{ acceptor: () => ({ status: 'SEC_E_LOGON_DENIED' }) }`;
  const program = `
    const signOn = () => accept(credentials).step(Buffer.from('x'));
    await within('request', signOn);
    await within('silence', async () => accept(credentials, { peerTimeout: 1 }).legs((async function* () { await sleep(30); })()).next());
    stop();
    await within('untraced', signOn);
  `;
  const spans = spansOf(script, program);
  expect(spans.map(({ name, parent }) => [name, parent])).toEqual([
    ['sspi accept', 'request'],
    ['request', undefined],
    ['sspi accept', 'silence'],
    ['silence', undefined],
    ['untraced', undefined],
  ]);
  expect(spans[0]).toMatchObject({
    attributes: { 'error.type': 'SEC_E_LOGON_DENIED', 'sspi.cause': expect.any(String) as string },
    status: { code: 2, message: expect.any(String) as string },
    events: [{ name: 'AcceptSecurityContext' }],
  });
  expect(spans[2]).toMatchObject({ attributes: { 'error.type': 'ERR_SSPI_PEER_TIMEOUT' }, events: [] });
});
