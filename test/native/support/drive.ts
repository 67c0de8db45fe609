import type { Credentials, Handshake, Leg, SecurityContext } from 'sspi';

/** Both ends of an established connection. */
export interface Connection extends AsyncDisposable {
  readonly client: SecurityContext;
  readonly server: SecurityContext;
  /** `client 0 SEC_I_CONTINUE_NEEDED`, `server 0 SEC_E_OK`, … in the order of the legs. */
  readonly course: readonly string[];
  /** The tokens that went over, in order. */
  readonly tokens: readonly Buffer[];
}

/** Runs a handshake between two ends of this process by hand, with `step`. */
export async function drive(client: Handshake, server: Handshake): Promise<Connection> {
  const course: string[] = [];
  const tokens: Buffer[] = [];
  const step = async (end: Handshake, name: string, token?: Buffer): Promise<Leg> => {
    const leg = await end.step(token);
    course.push(`${name} ${leg.index} ${leg.code}`);
    if (leg.token !== undefined) tokens.push(leg.token);
    return leg;
  };
  let [sender, receiver, names] = [client, server, ['client', 'server'] as [string, string]];
  let leg = await step(sender, names[0]);
  while (leg.token !== undefined) {
    [sender, receiver, names] = [receiver, sender, [names[1], names[0]]];
    leg = await step(sender, names[0], leg.token);
  }
  return connection(client, server, course, tokens);
}

/** The same with `legs()` on both sides at once, as over a connection. */
export async function driveLegs(client: Handshake, server: Handshake): Promise<Connection> {
  const toServer = new Channel();
  const toClient = new Channel();
  const course: string[] = [];
  const tokens: Buffer[] = [];
  const run = async (end: Handshake, name: string, incoming: Channel, outgoing: Channel): Promise<void> => {
    for await (const leg of end.legs(incoming)) {
      course.push(`${name} ${leg.index} ${leg.code}`);
      tokens.push(leg.token);
      outgoing.push(leg.token);
    }
  };
  await Promise.all([run(client, 'client', toClient, toServer), run(server, 'server', toServer, toClient)]);
  return connection(client, server, course, tokens);
}

/** The same for a connection that takes the client's credentials with it when it goes. */
export async function driveOwning(
  credentials: Credentials,
  client: Handshake,
  server: Handshake,
  run = drive,
): Promise<Connection> {
  const release = async (): Promise<void> => {
    await Promise.all([client.dispose(), server.dispose(), credentials.dispose()]);
  };
  try {
    return { ...(await run(client, server)), [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

function connection(client: Handshake, server: Handshake, course: string[], tokens: Buffer[]): Connection {
  return {
    client: client.context,
    server: server.context,
    course,
    tokens,
    async [Symbol.asyncDispose]() {
      await Promise.all([client.dispose(), server.dispose()]);
    },
  };
}

/** Tokens on their way from one end to the other. */
export class Channel implements AsyncIterable<Buffer> {
  readonly #tokens: Buffer[] = [];
  #wake: (() => void) | undefined;

  push(token: Buffer): void {
    this.#tokens.push(token);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      while (this.#tokens.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      yield this.#tokens.shift() as Buffer;
    }
  }
}
