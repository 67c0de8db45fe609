/** Stages in which nobody disposes of anything (Node runs with --expose-gc). */
import { EventEmitter, getEventListeners, on } from 'node:events';
import { accept, initiate } from 'sspi';
import {
  alive,
  begin,
  collectAll,
  hanging,
  journal,
  open,
  say,
  sayWhatIsAlive,
  scripted,
  sleep,
  slow,
} from '../scripted';

const collect = globalThis.gc as () => void;

/** A call that still runs keeps its context, so that collecting goes on until nothing is left. */
async function sayWhatRemains(): Promise<void> {
  await sayWhatIsAlive(collectAll);
  const { credentials, contexts, faultTotal } = await journal();
  say(`${credentials} credentials, ${contexts} contexts, ${faultTotal} faults`);
}

/** Work whose references are gone when it returns. */
async function forgotten(work: () => Promise<unknown>): Promise<void> {
  await work();
}

export async function handlesAreFreed(count: string): Promise<void> {
  await forgotten(async () => {
    for (let i = 0; i < Number(count); i++) {
      const credentials = await scripted();
      const client = begin(credentials);
      const server = accept(credentials);
      const answer = await server.step((await client.step()).token);
      if (i % 2 === 0) await client.step(answer.token);
    }
  });
  await sayWhatRemains();
}

/** A signal that outlives the handshakes keeps none of them. */
export async function handlesAreFreedBesideASignal(count: string): Promise<void> {
  const { signal } = new AbortController();
  await forgotten(async () => {
    const credentials = await scripted();
    for (let i = 0; i < Number(count); i++) {
      await initiate(credentials, { target: 'HTTP/scripted', signal }).step();
    }
  });
  await sayWhatRemains();
  say(`${getEventListeners(signal, 'abort').length} listeners`);
}

/** Nobody but the signal holds a handshake whose peer will never answer; its caller is still told. */
export async function waitsAreToldOfAnAbort(count: string): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  let told = 0;
  await forgotten(async () => {
    const credentials = await scripted();
    for (let i = 0; i < Number(count); i++) {
      const client = initiate(credentials, { target: 'HTTP/scripted', signal });
      const incoming = on(new EventEmitter(), 'data') as AsyncIterable<Buffer>;
      const signOn = async (): Promise<void> => {
        for await (const { token } of client.legs(incoming)) if (token.length === 0) say('a token of no bytes');
      };
      void signOn().catch(() => told++);
    }
  });
  await collectAll();
  say(`${alive().contexts} waiting`);
  controller.abort();
  await collectAll();
  say(`${told} told`);
  await sayWhatRemains();
  say(`${getEventListeners(signal, 'abort').length} listeners`);
}

/** A context keeps its credential. */
export async function credentialsAreDroppedFirst(): Promise<void> {
  const contexts = await (async () => {
    const credentials = await scripted();
    const client = initiate(credentials, { target: 'HTTP/scripted', flags: ['confidentiality'] });
    const server = accept(credentials, { flags: ['confidentiality'] });
    await client.step((await server.step((await client.step()).token)).token);
    return [client.context, server.context] as const;
  })();
  await collectAll();
  say(`${alive().credentials} credentials, ${alive().contexts} contexts`);
  const [client, server] = contexts;
  say(server.unwrap(client.wrap(Buffer.from('still works'))).toString());
  await Promise.all(contexts.map((context) => context.dispose()));
  await sayWhatRemains();
}

/** The call still settles when nothing but its promise's reaction is left. */
export async function duringCalls(calls: string): Promise<void> {
  let settled = 0;
  await forgotten(async () => {
    const credentials = await scripted(hanging);
    for (let i = 0; i < Number(calls); i++) {
      void begin(credentials)
        .step()
        .then(() => settled++);
    }
  });
  await collectAll();
  say(`${alive().calls} calls, ${settled} settled`);
  await open('hang');
  while (settled < Number(calls)) await sleep(5);
  say('all settled');
  await sayWhatRemains();
}

/** Nobody heard of the call, not even a reaction. */
export async function duringCallThatNobodyHears(): Promise<void> {
  await forgotten(async () => void begin(await scripted(slow(100))).step());
  await sayWhatRemains();
}

export async function duringDisposal(): Promise<void> {
  await forgotten(async () => {
    const credentials = await scripted('delete SEC_E_OK delay=100');
    for (let i = 0; i < 10; i++) {
      const client = begin(credentials);
      await client.step();
      if (i % 2 === 0) void client.dispose();
      else client[Symbol.dispose]();
    }
    void credentials.dispose();
  });
  await sayWhatRemains();
}

/** Collections at every turn of a busy loop. */
export async function allTheTime(count: string): Promise<void> {
  const timer = setInterval(collect, 1);
  await forgotten(async () => {
    const credentials = await scripted();
    let left = Number(count);
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        const client = begin(credentials);
        const server = accept(credentials);
        await client.step((await server.step((await client.step()).token)).token);
        if (left % 3 === 0) await client.dispose();
        if (left % 3 === 1) server[Symbol.dispose]();
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  });
  clearInterval(timer);
  await sayWhatRemains();
}

/** A callback of the garbage collector makes calls. */
export async function callsFromFinalizationRegistry(): Promise<void> {
  const credentials = await scripted();
  let called = 0;
  const registry = new FinalizationRegistry(() => {
    const client = begin(credentials);
    void client.step().then(async () => {
      await client.dispose();
      called++;
    });
  });
  for (let i = 0; i < 100; i++) registry.register(begin(credentials), i);
  const deadline = performance.now() + 20_000;
  while (called < 100 && performance.now() < deadline) await collectAll();
  say(`${called} called`);
  await credentials.dispose();
  await sayWhatRemains();
}
