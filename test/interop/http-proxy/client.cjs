/**
 * A program on Windows that passes a proxy with `sspi/http`: node client.cjs PROXY URL [--ntlm-user USER]. The password is in
 * SSPI_PASSWORD. It prints one line of JSON.
 */
const http = require('node:http');
const https = require('node:https');
const { acquireCredentials } = require('sspi');
const { SspiAgent } = require('sspi/http');

const [proxy, url, , user] = process.argv.slice(2);

async function main() {
  const identity = user && { user, password: process.env.SSPI_PASSWORD };
  const credentials = identity && (await acquireCredentials({ package: 'NTLM', use: 'outbound', identity }));
  const agent = new SspiAgent({ proxy, ntlm: credentials ? [proxy] : [], ...(credentials && { credentials }) });
  const lib = url.startsWith('https:') ? https : http;
  const ca = process.env.TEST_CA && require('node:fs').readFileSync(process.env.TEST_CA);
  const answer = await new Promise((resolve, reject) => {
    lib.get(url, { agent, ca }, resolve).on('error', reject);
  });
  let body = '';
  for await (const chunk of answer) body += chunk;
  console.log(JSON.stringify({ status: answer.statusCode, length: body.length }));
  agent.destroy();
  await credentials?.dispose();
}

main().catch((error) => {
  console.log(JSON.stringify({ error: error.code, message: error.message }));
});
