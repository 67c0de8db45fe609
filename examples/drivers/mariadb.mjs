#!/usr/bin/env node
/**
 * MariaDB as the current user, through mysql2: node mariadb.mjs db.corp.test 3306 alice [MariaDB/db.corp.test]
 *
 * mysql2 takes no second message of this plugin, so the server cannot prove its identity by Kerberos: use TLS for that.
 */
import mysql from 'mysql2/promise';
import { acquireCredentials, initiate } from 'sspi';

const [host = 'localhost', port = '3306', user = 'alice', target = `MariaDB/${host}`] = process.argv.slice(2);
const credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });

/** @type {import('mysql2').AuthPlugin} */
const auth_gssapi_client = () => async (data) => {
  // The server's first message names its principal. That counts for nothing: the target is what this program trusts.
  const [principal = ''] = data.toString().toLowerCase().split(/[@\0]/);
  if (principal !== target.toLowerCase()) throw new Error(`the server is ${principal}, not ${target}`);
  const handshake = initiate(credentials, { target });
  try {
    const { token } = await handshake.step();
    return token ?? Buffer.alloc(0);
  } finally {
    await handshake.dispose();
  }
};

const connection = await mysql.createConnection({
  host,
  port: Number(port),
  user,
  authPlugins: { auth_gssapi_client },
});
const [rows] = await connection.query('select current_user() as me');
console.log(JSON.stringify(rows));
await connection.end();
await credentials.dispose();
