/** One of the servers of server.mjs, in a process of its own. */
import { Contender } from '../measure/contender.mjs';

export class ServerProcess {
  #process = new Contender({ label: '', checkout: '' });

  /** @param {string} kind */
  static async start(kind) {
    const server = new ServerProcess();
    server.port = await server.call('listen', kind);
    return server;
  }

  call(name, ...args) {
    return this.#process.call('http/server.mjs', name, ...args);
  }

  end() {
    this.#process.end();
  }
}
