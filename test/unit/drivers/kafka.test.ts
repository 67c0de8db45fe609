/** The Kafka examples, with the drivers themselves, at a broker of this test's own, in a domain in memory. */
import path from 'node:path';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { Broker } from './broker';
import { cleanUp, domain } from '../sasl/support';

const checkout = path.resolve(__dirname, '../../..');
const inMemory = path.join(checkout, 'dist-test/unit/in-memory.js');

afterEach(cleanUp);

async function run(example: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const program = path.join(checkout, 'examples/drivers', `${example}.mjs`);
  const child = spawn(process.execPath, ['--require', inMemory, program, ...args], { cwd: checkout });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr };
}

test.each([
  ['kafkajs', { brokers: [{ nodeId: 1, host: '127.0.0.1' }], controller: 1 }],
  ['platformatic-kafka', [{ host: '127.0.0.1' }]],
])(
  '%s signs on and asks for the cluster',
  async (example, expected) => {
    domain();
    const broker = await Broker.start();
    const { stdout, stderr } = await run(example, `127.0.0.1:${broker.port}`, 'kafka/kafka.example.test');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject(expected);
    expect(new Set(broker.log)).toEqual(new Set(['EXAMPLE\\alice']));
  },
  60_000,
);

test.each(['kafkajs', 'platformatic-kafka'])(
  '%s passes on why a sign-on failed',
  async (example) => {
    domain();
    const broker = await Broker.start();
    const { stdout, stderr } = await run(example, `127.0.0.1:${broker.port}`, 'kafka/127.0.0.1');
    expect(stdout).toBe('');
    expect(stderr).toContain('SEC_E_TARGET_UNKNOWN');
    expect(broker.log).toEqual([]);
  },
  60_000,
);
