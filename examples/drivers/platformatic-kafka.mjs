#!/usr/bin/env node
/** A Kafka cluster as the current user, through @platformatic/kafka: node platformatic-kafka.mjs kafka.corp.test:9092 [target] */
import { Admin } from '@platformatic/kafka';
import { createMechanism } from 'sspi/sasl';

const [broker = 'localhost:9092', target = `kafka/${broker.split(':')[0]}`] = process.argv.slice(2);

/** @typedef {Parameters<NonNullable<import('@platformatic/kafka').SASLOptions['authenticate']>>} Given */

async function signOn(/** @type {Given[1]} */ connection, /** @type {Given[2]} */ { async: send }) {
  const mechanism = createMechanism({ mechanism: 'GSSAPI', target, layer: 'none' });
  try {
    let leg = await mechanism.step();
    let answer = await send(connection, leg.token ?? Buffer.alloc(0));
    while (leg.expectsReply) {
      leg = await mechanism.step(answer.authBytes);
      answer = await send(connection, leg.token ?? Buffer.alloc(0));
    }
    return answer;
  } finally {
    await mechanism.dispose();
  }
}

/** Must not throw: its callback says how it went. @type {(...args: Given) => void} */
const authenticate = (_mechanism, connection, api, _user, _password, _token, callback) => {
  const failed = /** @type {(error: Error) => void} */ (callback);
  signOn(connection, api).then((answer) => callback(null, answer), failed);
};

const sasl = { mechanism: /** @type {const} */ ('GSSAPI'), authenticate };
const admin = new Admin({ clientId: 'sspi', bootstrapBrokers: [broker], sasl, retries: 0 });
const { brokers } = await admin.metadata({ topics: [] });
console.log(JSON.stringify([...brokers.values()]));
await admin.close();
