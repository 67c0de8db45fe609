#!/usr/bin/env node
/**
 * Asks SQL Server who we are, as the current Windows user, through a pool of mssql. Kerberos or failure.
 *
 *   node mssql.mjs --server sql.corp.test [--port 1433] [--no-encrypt]
 */
import { parseArgs } from 'node:util';
import mssql from 'mssql';
import { windowsSignOn } from 'sspi/mssql';

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'localhost' },
    port: { type: 'string', default: '1433' },
    'no-encrypt': { type: 'boolean', default: false },
  },
});
const config = { server: values.server, port: Number(values.port), encrypt: !values['no-encrypt'], pool: { max: 10 } };
const pool = await new mssql.ConnectionPool(windowsSignOn(config, { packages: { deny: ['NTLM'] } })).connect();
try {
  const { recordset } = await pool.request().query('SELECT SUSER_SNAME() AS who');
  console.log(`You are ${recordset[0].who}`);
} finally {
  await pool.close();
}
