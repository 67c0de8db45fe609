import { accept, acquireCredentials, initiate } from 'sspi';
import { app, ctx, general, gss, int, octets, oids, seq, time } from './inspect/support/der';
import { CONTINUE, rejection, script } from './support';
import { hex } from './inspect/support/data';
import type { AcceptOptions, AcquireCredentialsOptions, InitiateOptions, SspiError } from 'sspi';
import type { ScriptedStatus } from '#lib/testing/script';

export interface Failure {
  readonly package?: string;
  readonly status?: ScriptedStatus;
  /** What the peer sent, in order; the last one comes with the failing call. */
  readonly received?: readonly Buffer[];
  /** What this side answered, in order. */
  readonly sent?: readonly Buffer[];
  /** The error token. */
  readonly token?: Buffer;
  readonly flags?: number;
  readonly wine?: boolean;
  readonly negotiated?: string;
  /** When the credentials expire, in milliseconds since 1970 UTC. */
  readonly expiry?: number;
  readonly credentials?: Partial<AcquireCredentialsOptions>;
}

/** The error of an initiator whose last leg fails. */
export async function failedInitiator(options: InitiateOptions, failure: Failure): Promise<SspiError> {
  const { received = [] } = failure;
  script({ initiator: steps(failure, received.length + 1), ...binding(failure) });
  await using credentials = await acquireCredentials({
    package: failure.package ?? 'Negotiate',
    use: 'outbound',
    ...failure.credentials,
  });
  await using client = initiate(credentials, options);
  return await rejection(
    (async () => {
      await client.step();
      for (const token of received) await client.step(token);
    })(),
  );
}

/** The error of an acceptor whose last leg fails. */
export async function failedAcceptor(options: AcceptOptions, failure: Failure): Promise<SspiError> {
  const { received = [] } = failure;
  script({ acceptor: steps(failure, received.length), ...binding(failure) });
  await using credentials = await acquireCredentials({
    package: failure.package ?? 'Negotiate',
    use: 'inbound',
    ...failure.credentials,
  });
  await using server = accept(credentials, options);
  return await rejection(
    (async () => {
      for (const token of received) await server.step(token);
    })(),
  );
}

/** The error of acquiring credentials. */
export async function failedAcquire(
  options: AcquireCredentialsOptions,
  status: ScriptedStatus,
  wine = false,
): Promise<SspiError> {
  script({ credential: { status }, ...(wine ? { wineVersion: '8.0' } : {}) });
  return await rejection(acquireCredentials(options));
}

function binding({ wine, negotiated, expiry }: Failure) {
  return {
    ...(expiry === undefined ? {} : { credential: { expiry } }),
    ...(wine === true ? { wineVersion: '8.0' } : {}),
    ...(negotiated === undefined ? {} : { negotiated }),
  };
}

function steps({ status, sent = [], token, flags }: Failure, count: number) {
  return Array.from({ length: count }, (_, i) =>
    i < count - 1
      ? { status: CONTINUE, token: sent[i] ?? Buffer.from('?') }
      : { status: status ?? 0, token: token ?? sent[i], flags },
  );
}

/** A KRB-ERROR in its GSS framing, as a service sends it. */
export function krbError(
  code: number,
  options: { ctime?: string; stime?: string; ntStatus?: number; eData?: Buffer } = {},
): Buffer {
  const { ctime, stime = '20260102031005Z', ntStatus } = options;
  const status = Buffer.alloc(12);
  status.writeUInt32LE(ntStatus ?? 0);
  const eData = options.eData ?? seq(ctx(1, int(3)), ctx(2, octets(status)));
  return gss(
    oids.kerberos,
    hex('0300'),
    app(
      30,
      seq(
        ctx(0, int(5)),
        ctx(1, int(30)),
        ...(ctime === undefined ? [] : [ctx(2, time(ctime)), ctx(3, int(0))]),
        ctx(4, time(stime)),
        ctx(5, int(0)),
        ctx(6, int(code)),
        ctx(9, general('CORP.TEST')),
        ctx(10, seq(ctx(0, int(2)), ctx(1, seq(general('HTTP'), general('web.corp.test'))))),
        ...(ntStatus === undefined && options.eData === undefined ? [] : [ctx(12, octets(eData))]),
      ),
    ),
  );
}
