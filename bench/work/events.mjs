/** Who is subscribed to the events of docs/events.md while handshakes are measured in this process. */
import { createRequire } from 'node:module';
import { subscribe } from 'node:diagnostics_channel';

const all = [
  'sspi:credential:acquired',
  'sspi:leg:finished',
  'sspi:handshake:established',
  'sspi:handshake:failed',
  'sspi:handshake:disposed',
  'sspi:ntlm:chosen',
];

/** What each state of the channels adds, beginning with the package as it would be without them. */
export const states = {
  /** The question whether anybody watches is answered by a constant. */
  'no channels': () => {
    const { publisher } = createRequire(import.meta.url)('../../dist/events/publisher.js');
    Object.defineProperty(publisher, 'watching', { value: false });
  },
  'idle channels': () => {},
  'one subscriber, of legs': () => subscribe('sspi:leg:finished', count),
  'a subscriber of each channel': () => all.forEach((name) => subscribe(name, count)),
};

let messages = 0;
const count = () => void messages++;

/** @param {string} state a name of `states` */
export function prepare(state) {
  states[state]();
  return state;
}

/** @returns {number} how many messages there were since the last time: a subscriber that hears nothing costs nothing */
export function heard() {
  const total = messages;
  messages = 0;
  return total;
}
