/**
 * undici's request handlers have two shapes: `onConnect … onComplete` up to version 7, `onRequestStart … onResponseEnd` from 7 on.
 * Version 6 takes only the first, 8 only the second, and Node's own fetch speaks that of the undici in it.
 */
type Callback = (...values: unknown[]) => unknown;
type Handler = Readonly<Record<string, unknown>>;

/** Calls what may be missing; the handler itself is `this`. */
function call(handler: Handler, name: string, ...values: readonly unknown[]): unknown {
  const method = handler[name];
  return typeof method === 'function' ? (method as Callback).apply(handler, [...values]) : undefined;
}

/** What the second shape is given to steer the answer with. */
interface Controller {
  rawHeaders?: unknown;
  rawTrailers?: unknown;
  pause(): void;
  resume(): void;
  abort(reason?: unknown): void;
}

const isModern = (handler: Handler): boolean => typeof handler['onRequestStart'] === 'function';

/**
 * The handler in the shape that a dispatcher takes.
 *
 * @param modern True for the second shape.
 */
export function inShape(handler: object, modern: boolean): object {
  const given = handler as Handler;
  if (isModern(given) === modern) return handler;
  return modern ? modernOf(given) : classicOf(given);
}

function modernOf(handler: Handler): object {
  return {
    onRequestStart: (controller: Controller, context: unknown) =>
      call(handler, 'onConnect', (reason?: unknown) => controller.abort(reason), context),
    onRequestUpgrade: (controller: Controller, status: number, headers: object, socket: unknown) =>
      call(handler, 'onUpgrade', status, rawOf(controller.rawHeaders, headers), socket),
    onResponseStart: (controller: Controller, status: number, headers: object, text: string) => {
      const resume = (): void => controller.resume();
      if (call(handler, 'onHeaders', status, rawOf(controller.rawHeaders, headers), resume, text) === false) {
        controller.pause();
      }
    },
    onResponseData: (controller: Controller, chunk: Buffer) => {
      if (call(handler, 'onData', chunk) === false) controller.pause();
    },
    onResponseEnd: (controller: Controller, trailers: object) =>
      call(handler, 'onComplete', rawOf(controller.rawTrailers, trailers)),
    onResponseError: (_controller: Controller, error: Error) => call(handler, 'onError', error),
    onBodySent: (...values: unknown[]) => call(handler, 'onBodySent', ...values),
    onRequestSent: () => call(handler, 'onRequestSent'),
    onResponseStarted: () => call(handler, 'onResponseStarted'),
  };
}

function classicOf(handler: Handler): object {
  let paused = false;
  let resume: (() => void) | undefined;
  const state = { aborted: false, reason: undefined as unknown };
  const controller = (abort: (reason?: unknown) => void): Controller => ({
    pause: () => {
      paused = true;
    },
    resume: () => {
      if (!paused) return;
      paused = false;
      resume?.();
    },
    abort: (reason) => {
      if (state.aborted) return;
      Object.assign(state, { aborted: true, reason });
      abort(reason);
    },
  });
  let own = controller(() => undefined);
  const withState = (made: Controller): Controller =>
    Object.defineProperties(made, {
      aborted: { get: () => state.aborted },
      reason: { get: () => state.reason },
      paused: { get: () => paused },
    });
  return {
    onConnect: (abort: (reason?: unknown) => void, context: unknown) => {
      own = withState(controller(abort));
      call(handler, 'onRequestStart', own, context);
    },
    onUpgrade: (status: number, rawHeaders: readonly Buffer[], socket: unknown) => {
      own.rawHeaders = rawHeaders;
      call(handler, 'onRequestUpgrade', own, status, parsed(rawHeaders), socket);
    },
    onHeaders: (status: number, rawHeaders: readonly Buffer[], go: () => void, text: string) => {
      resume = go;
      own.rawHeaders = rawHeaders;
      call(handler, 'onResponseStart', own, status, parsed(rawHeaders), text);
      return !paused;
    },
    onData: (chunk: Buffer) => {
      call(handler, 'onResponseData', own, chunk);
      return !paused;
    },
    onComplete: (rawTrailers: readonly Buffer[] | null) => {
      own.rawTrailers = rawTrailers ?? [];
      call(handler, 'onResponseEnd', own, parsed(rawTrailers ?? []));
    },
    onError: (error: Error) => call(handler, 'onResponseError', own, error),
    onBodySent: (...values: unknown[]) => call(handler, 'onBodySent', ...values),
    onRequestSent: () => call(handler, 'onRequestSent'),
    onResponseStarted: () => call(handler, 'onResponseStarted'),
  };
}

type Fields = Record<string, string | string[]>;

/** Names and values, one after the other. */
function rawOf(raw: unknown, fields: object): readonly unknown[] {
  if (Array.isArray(raw)) return raw;
  return Object.entries(fields as Fields).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => [Buffer.from(name, 'latin1'), Buffer.from(each, 'latin1')]),
  );
}

function parsed(raw: readonly (Buffer | string)[]): Fields {
  const fields: Fields = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name, value] = [text(raw[index]).toLowerCase(), text(raw[index + 1])];
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
    fields[name] = known === undefined ? value : [...[known].flat(), value];
  }
  return fields;
}

const text = (value: Buffer | string | undefined): string =>
  typeof value === 'string' ? value : (value ?? Buffer.alloc(0)).toString('latin1');
