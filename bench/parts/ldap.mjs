/** Searches through ldapts, sealed, signed and in the open, in turn; and how much of a sealed one is opening messages. */
import { Client } from 'ldapts';
import { sspiConnection } from 'sspi/ldap';
import { Contender } from '../measure/contender.mjs';
import { acquireBoth, establish, target } from '../measure/handshake.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';

const layers = ['none', 'integrity', 'confidentiality'];
const entries = 2000;

export async function run({ rounds = 15 }) {
  const opening = await watchOpening();
  const directory = new Contender({ label: '', checkout: '' });
  const ports = await directory.call('work/directory.mjs', 'serve', layers, entries);
  const clients = layers.map((layer, i) => {
    const createConnection = sspiConnection({ target, layer });
    return new Client({ url: `ldap://127.0.0.1:${ports[i]}`, createConnection });
  });
  try {
    const searches = clients.map((client) => () => search(client, opening));
    const [open, signed, sealed] = await inTurn(rounds, searches);
    const times = (all) => median(all.map(({ milliseconds }) => milliseconds));
    const ratio = (all) => median(all.map(({ milliseconds }, round) => open[round].milliseconds / milliseconds));
    const rate = (all) => `${Math.round((entries * 1000) / times(all)).toLocaleString('en')} entries/s`;
    const share = median(sealed.map((each) => each.opening / each.milliseconds));
    const unit = '× in the open';
    return [
      { name: 'a search, sealed', value: ratio(sealed), unit, detail: `${rate(sealed)}, in the open ${rate(open)}` },
      { name: 'a search, signed', value: ratio(signed), unit, detail: rate(signed) },
      { name: 'opening messages', value: share, unit: '× a sealed search', detail: 'unwrap, see the part messages' },
    ];
  } finally {
    await Promise.all(clients.map((client) => client.unbind()));
    directory.end();
  }
}

async function search(client, opening) {
  const before = opening.milliseconds;
  const start = performance.now();
  const { searchEntries } = await client.search('ou=people,dc=corp,dc=test', { filter: '(objectClass=*)' });
  const milliseconds = performance.now() - start;
  if (searchEntries.length !== entries) throw new Error(`${searchEntries.length} entries`);
  return { milliseconds, opening: opening.milliseconds - before };
}

/** Adds up the time that unwrap takes, in all contexts. */
async function watchOpening() {
  const credentials = await acquireBoth();
  const { client, server } = await establish(credentials);
  const methods = Object.getPrototypeOf(client.context);
  await Promise.all([client.dispose(), server.dispose()]);
  await credentials.dispose();
  const total = { milliseconds: 0 };
  const { unwrap } = methods;
  methods.unwrap = function (...args) {
    const start = performance.now();
    const opened = unwrap.apply(this, args);
    total.milliseconds += performance.now() - start;
    return opened;
  };
  return total;
}
