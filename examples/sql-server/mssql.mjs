#!/usr/bin/env node
/**
 * Asks SQL Server who we are, as the current Windows user, through a pool of mssql. Kerberos or failure.
 *
 *   node mssql.mjs --server sql.corp.test [--port 1433] [--spn MSSQLSvc/sql.corp.test:1433] [--no-encrypt]
 */
import { parseArgs } from 'node:util';
import mssql from 'mssql';
import { windowsSignOn } from 'sspi/mssql';

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'localhost' },
    port: { type: 'string', default: '1433' },
    spn: { type: 'string' },
    'no-encrypt': { type: 'boolean', default: false },
  },
});
const config = { server: values.server, port: Number(values.port), encrypt: !values['no-encrypt'], pool: { max: 10 } };
const signOn = { packages: { deny: ['NTLM'] }, ...(values.spn !== undefined && { spn: values.spn }) };
const pool = await new mssql.ConnectionPool(windowsSignOn(config, signOn)).connect();
try {
  const { recordset } = await pool.request().query('SELECT SUSER_SNAME() AS who');
  console.log(`You are ${recordset[0].who}`);
} finally {
  await pool.close();
}
