#!/usr/bin/env node
/**
 * Sends JSON as the current user, with axios. The same agent works for got, needle, ws and node:http.
 *
 *   node axios.mjs https://intranet.corp.test/api/notes
 */
import axios from 'axios';
import { SspiAgent } from 'sspi/http';

const url = new URL(process.argv[2] ?? 'http://localhost:8080/');
const agent = new SspiAgent({ origins: [url.origin] });
// axios would read the environment's proxy variables itself, and not sign on there.
const client = axios.create({ httpAgent: agent, httpsAgent: agent, proxy: false, validateStatus: () => true });
try {
  const { status, data } = await client.post(url.href, { text: 'hello' });
  console.log(status, data);
  if (status === 401) process.exitCode = 1;
} catch (error) {
  const { name, code, message } = /** @type {Error & { code?: string }} */ (error);
  console.error(`${name} ${code}: ${message}`);
  process.exitCode = 1;
} finally {
  await agent.close();
}
