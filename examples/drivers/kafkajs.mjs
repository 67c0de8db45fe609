#!/usr/bin/env node
/** A Kafka cluster as the current user, through kafkajs: node kafkajs.mjs kafka.corp.test:9092 [kafka/kafka.corp.test] */
import kafkajs from 'kafkajs';
import { createMechanism } from 'sspi/sasl';

const [broker = 'localhost:9092', target = ''] = process.argv.slice(2);

/** Kafka frames SASL messages as a length of four bytes and the message. */
const request = (/** @type {Buffer | undefined} */ token = Buffer.alloc(0)) => ({
  encode: () => Buffer.concat([Buffer.of(...[24, 16, 8, 0].map((bits) => (token.length >>> bits) & 0xff)), token]),
});
const response = { decode: (/** @type {Buffer} */ raw) => raw, parse: (/** @type {Buffer} */ raw) => raw.subarray(4) };

/** @type {import('kafkajs').Mechanism['authenticationProvider']} */
const authenticationProvider = ({ host, saslAuthenticate }) => ({
  async authenticate() {
    const mechanism = createMechanism({ mechanism: 'GSSAPI', target: target || `kafka/${host}`, layer: 'none' });
    try {
      let leg = await mechanism.step();
      let answer = await saslAuthenticate({ request: request(leg.token), response });
      while (leg.expectsReply) {
        leg = await mechanism.step(answer ?? undefined);
        answer = await saslAuthenticate({ request: request(leg.token), response });
      }
    } finally {
      await mechanism.dispose();
    }
  },
});

const sasl = { mechanism: 'GSSAPI', authenticationProvider };
const kafka = new kafkajs.Kafka({ brokers: [broker], sasl, retry: { retries: 0 }, logLevel: kafkajs.logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
console.log(JSON.stringify(await admin.describeCluster()));
await admin.disconnect();
