/**
 * SQL Server through tedious: what a sign-on by Kerberos adds to a login, and rows a second after it, compared with the same driver
 * without an adapter, which signs on with a user and a password. Both connections take turns, and what counts is the processor time
 * of their process: the server has another one.
 */
import tedious from 'tedious';
import { windowsSignOn } from 'sspi/mssql';
import { startRowServer } from '../work/sql-rows.mjs';
import { computing, inTurn } from '../measure/interleaved.mjs';
import { target } from '../measure/handshake.mjs';

const rows = 50_000;
const atLeast = 0.98;

export async function run({ rounds = 61 }) {
  const server = await startRowServer(rows);
  const options = { port: server.port, encrypt: false, packetSize: 32_767 };
  const told = server.signedOn();
  const adapted = await connect(windowsSignOn({ server: '127.0.0.1', options }, { spn: target }));
  const { legs, toServer, toClient } = await told;
  const password = { type: 'default', options: { userName: 'sa', password: 'x' } };
  const bare = await connect({ server: '127.0.0.1', options, authentication: password });

  const [bareTimes, adaptedTimes] = await inTurn(rounds, [() => query(bare), () => query(adapted)]);
  // Sums and no medians: Wine counts processor time in units of 10 ms.
  const ratio = sum(bareTimes) / sum(adaptedTimes);
  const perSecond = (times) => Math.round((1e6 * times.length) / sum(times)).toLocaleString('en');
  bare.close();
  adapted.close();
  server.end();
  return [
    {
      name: 'tokens added to a login by Kerberos',
      value: legs,
      unit: 'tokens',
      detail: 'in messages that a login has anyway',
    },
    {
      name: 'bytes added to a login by Kerberos',
      value: toServer + toClient,
      unit: 'bytes',
      detail: `${toServer} to the server, ${toClient} to the client`,
    },
    {
      name: 'rows a second of processor time after the login',
      value: ratio,
      unit: '× the driver alone',
      atLeast,
      detail: `${perSecond(adaptedTimes)}, the driver alone ${perSecond(bareTimes)}`,
    },
  ];
}

const sum = (times) => times.reduce((total, time) => total + time, 0);

function connect(config) {
  const connection = new tedious.Connection(config);
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
  });
}

/** The microseconds of processor time that a row takes. */
function query(connection) {
  globalThis.gc?.();
  return computing(rows, () => allRows(connection));
}

function allRows(connection) {
  let count = 0;
  return new Promise((resolve, reject) => {
    const request = new tedious.Request('rows', (error) => {
      if (error) reject(error);
      else if (count !== rows) reject(new Error(`${count} rows of ${rows}`));
      else resolve();
    });
    request.on('row', () => void count++);
    connection.execSqlBatch(request);
  });
}
