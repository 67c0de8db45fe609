/** wrap and unwrap, compared with EncryptMessage and DecryptMessage in a C program that does not change its input either. */
import { CProgram } from '../measure/c-program.mjs';
import { acquireBoth, establish, target } from '../measure/handshake.mjs';
import { interleaved, timed } from '../measure/interleaved.mjs';

const sizes = [
  { bytes: 64, label: '64 B', count: 8192, atLeast: 0.5 },
  { bytes: 4 << 10, label: '4 KiB', count: 1024, atLeast: 0.9 },
  { bytes: 64 << 10, label: '64 KiB', count: 64, atLeast: 0.95 },
  { bytes: 1 << 20, label: '1 MiB', count: 8, atLeast: 0.95 },
];

/** cbench reports wrap and unwrap, each with its memory handled in three ways. */
const reports = 6;

export async function run({ rounds = 15 }) {
  const credentials = await acquireBoth();
  const { client, server } = await establish(credentials);
  const figures = [];
  for (const { bytes, label, count, atLeast } of sizes) {
    const cbench = new CProgram(['message', '--spn', target, '--sizes', `${bytes}`, '--bytes', `${bytes * count}`]);
    const inC = async () => timesOf(await cbench.round(reports));
    const inJs = () => wrapAndUnwrap(client.context, server.context, Buffer.alloc(bytes, 7), count);
    const times = await interleaved(rounds, inC, inJs);
    await cbench.end();
    for (const [operation, { c, js, ratio }] of Object.entries(times)) {
      const detail = `${js.toFixed(1)} µs, C ${c.toFixed(1)} µs`;
      figures.push({ name: `${operation} of ${label}`, value: ratio, unit: '× C', atLeast, detail });
    }
  }
  await Promise.all([client.dispose(), server.dispose()]);
  await credentials.dispose();
  return figures;
}

const timesOf = (round) =>
  Object.fromEntries(
    round.filter(({ memory }) => memory === 'fresh').map(({ benchmark, microseconds }) => [benchmark, microseconds]),
  );

async function wrapAndUnwrap(sender, receiver, plain, count) {
  const messages = new Array(count);
  return {
    wrap: await timed(count, () => {
      for (let i = 0; i < count; i++) messages[i] = sender.wrap(plain);
    }),
    unwrap: await timed(count, () => {
      for (let i = 0; i < count; i++) receiver.unwrap(messages[i]);
    }),
  };
}
