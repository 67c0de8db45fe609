#!/usr/bin/env node
/**
 * Asks SQL Server who we are, as the current Windows user, through tedious.
 *
 *   node tedious.mjs --server sql.corp.test [--port 1433] [--spn MSSQLSvc/sql.corp.test:1433] [--no-encrypt]
 */
import { parseArgs } from 'node:util';
import { Connection, Request } from 'tedious';
import { windowsSignOn } from 'sspi/mssql';

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'localhost' },
    port: { type: 'string', default: '1433' },
    spn: { type: 'string' },
    'no-encrypt': { type: 'boolean', default: false },
  },
});
const options = { port: Number(values.port), encrypt: !values['no-encrypt'] };
const signOn = values.spn === undefined ? {} : { spn: values.spn };
const connection = new Connection(windowsSignOn({ server: values.server, options }, signOn));

connection.connect((error) => {
  if (error) return fail(error);
  const request = new Request('SELECT SUSER_SNAME() AS who', (failure) => {
    connection.close();
    if (failure) fail(failure);
  });
  request.on('row', (/** @type {{ value: string }[]} */ [who]) => console.log(`You are ${who?.value}`));
  connection.execSql(request);
});

/** @param {Error} error */
function fail(error) {
  console.error(error.message);
  // What failed on this side is an SspiError, which says more.
  if (error.cause) console.error(String(/** @type {import('sspi').SspiError} */ (error.cause).explain?.() ?? ''));
  process.exitCode = 1;
}
