/** Who the caller is: accessToken(), with few groups and with 1,000, and the names of 1,000 accounts, asked for and remembered. */
import { accept, acquireCredentials, lookupNames } from 'sspi';
import { scriptedProvider, useProvider } from 'sspi/testing';
import { timed } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';

const many = 1000;
const domain = 'S-1-5-21-1004336348-1177238915-682003330';
const enabledGroup = 0x7; // SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED

export async function run({ rounds = 15 }) {
  return [
    await partOfJavaScript(rounds),
    await throughSspi('asc SEC_E_OK', rounds),
    ...(await ofManyGroups(rounds)),
    ...(await lookups(rounds)),
  ];
}

/** The provider hands over what the addon reads. */
async function partOfJavaScript(rounds) {
  const groups = Array.from({ length: many }, (_, i) => ({ sid: `${domain}-${10_000 + i}`, attributes: enabledGroup }));
  const accessToken = { user: `${domain}-1103`, groups, isPrimary: false, impersonationLevel: 2 };
  const inUse = useProvider(scriptedProvider({ acceptor: () => ({}), accessToken }));
  try {
    const { microseconds } = await accessTokens('NTLM', undefined, rounds);
    return figure('accessToken() with 1,000 groups, JavaScript’s part', microseconds, 'µs');
  } finally {
    inUse.restore();
  }
}

/** Few processes may make themselves a token with more groups (SeCreateTokenPrivilege). Wine 8 cannot make any. */
async function ofManyGroups(rounds) {
  try {
    return [await throughSspi(`asc SEC_E_OK; client groups=${many}`, rounds)];
  } catch (error) {
    if (error.code !== 'SEC_E_NO_IMPERSONATION') throw error;
    return [];
  }
}

/** The scripted package's client is this process's own user. */
async function throughSspi(principal, rounds) {
  const { microseconds, groups } = await accessTokens('Scripted', principal, rounds);
  return figure(`accessToken() with ${groups} groups, through SSPI`, microseconds, 'µs');
}

async function accessTokens(packageName, principal, rounds) {
  const options = { package: packageName, use: 'inbound', ...(principal && { principal }) };
  const credentials = await acquireCredentials(options);
  const server = accept(credentials);
  await server.step(Buffer.from('token'));
  const { context } = server;
  const { groups } = await context.accessToken();
  const count = 20;
  const times = [];
  for (let round = 0; round <= rounds; round++) {
    const time = await timed(count, async () => {
      for (let i = 0; i < count; i++) await context.accessToken();
    });
    if (round > 0) times.push(time);
  }
  await server.dispose();
  await credentials.dispose();
  return { microseconds: median(times), groups: groups.length };
}

/** Each cold round asks for accounts that nobody asked for before. */
async function lookups(rounds) {
  const cold = [];
  const warm = [];
  let found = 0;
  for (let round = 0; round <= rounds; round++) {
    const sids = Array.from({ length: many }, (_, i) => `${domain}-${1_000_000 + round * many + i}`);
    const first = await milliseconds(() => lookupNames(sids));
    const again = await milliseconds(() => lookupNames(sids));
    if (round === 0) continue;
    cold.push(first.time);
    warm.push(again.time);
    found = first.answers.filter(({ account }) => account !== undefined).length;
  }
  const known = found === 0 ? 'of a domain that this machine does not know' : `${found} of them found`;
  return [
    figure('1,000 look-ups, cold', median(cold), 'ms', known),
    figure('1,000 look-ups, warm', median(warm), 'ms', 'remembered'),
  ];
}

async function milliseconds(work) {
  const start = performance.now();
  const answers = await work();
  return { time: performance.now() - start, answers };
}

const figure = (name, value, unit, detail = '') => ({ name, value: Number(value.toFixed(2)), unit, detail });
