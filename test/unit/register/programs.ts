/** Programs that know nothing of `sspi/register`: each prints one line of JSON. */

const body = `
const collect = async (response) => { let text = ''; for await (const chunk of response.setEncoding('utf8')) text += chunk; return text; };
`;

/** node:http or node:https without an agent of its own. */
const request = (agent: string, options = ''): string => `
const http = require('http'), https = require('https');
${body}
const url = process.argv.at(-1);
const lib = url.startsWith('https:') ? https : http;
const request = lib.request(url, { ${agent} ${options} }, async (response) => {
  console.log(JSON.stringify({ status: response.statusCode, body: await collect(response), asked: request.getHeaders() }));
});
request.on('error', (error) => console.log(JSON.stringify({ error: error.code ?? error.message })));
request.end();
`;

export const programs = {
  /** The default agent. */
  request: request(''),
  /** `agent: false` */
  withoutAgent: request('agent: false,'),
  /** The usual agent of a library. */
  ownPlainAgent: request('agent: new lib.Agent({ keepAlive: true }),'),
  post: `
const http = require('http');
${body}
const request = http.request(process.argv.at(-1), { method: 'POST' }, async (response) => {
  console.log(JSON.stringify({ status: response.statusCode, body: await collect(response) }));
});
request.write('one ');
setTimeout(() => request.end('two'), 20);
`,
  fetch: `
fetch(process.argv.at(-1)).then(
  async (response) => console.log(JSON.stringify({ status: response.status, body: await response.text() })),
  (error) => console.log(JSON.stringify({ error: error.cause?.code ?? error.message })),
);
`,
  /** An agent of the program's own that speaks to the proxy itself. */
  httpsProxyAgent: `
const https = require('https');
const { HttpsProxyAgent } = require('https-proxy-agent');
${body}
const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
https.get(process.argv.at(-1), { agent }, async (response) => {
  console.log(JSON.stringify({ status: response.statusCode, body: await collect(response) }));
}).on('error', (error) => console.log(JSON.stringify({ error: error.code ?? error.message })));
`,
  /** An ES module, for `--input-type=module`. Its agent replaces the default one, and that of the request, after the start. */
  globalAgent: `
import http from 'node:http';
import https from 'node:https';
import { bootstrap } from 'global-agent';
${body}
bootstrap();
const url = process.argv.at(-1);
const lib = url.startsWith('https:') ? https : http;
lib.get(url, { agent: new lib.Agent({ keepAlive: true }) }, async (response) => {
  console.log(JSON.stringify({ status: response.statusCode, body: await collect(response) }));
}).on('error', (error) => console.log(JSON.stringify({ error: error.code ?? error.message })));
`,
  axios: `
const axios = require('axios');
axios.get(process.argv.at(-1), { responseType: 'text', transformResponse: (text) => text, validateStatus: () => true }).then(
  ({ status, data }) => console.log(JSON.stringify({ status, body: data })),
  (error) => console.log(JSON.stringify({ error: error.code ?? error.message })),
);
`,
  undici: `
const { EnvHttpProxyAgent, fetch } = require('undici-6');
fetch(process.argv.at(-1), { dispatcher: new EnvHttpProxyAgent() }).then(
  async (response) => console.log(JSON.stringify({ status: response.status, body: await response.text() })),
  (error) => console.log(JSON.stringify({ error: error.cause?.code ?? error.message })),
);
`,
} as const;

export type ProgramName = keyof typeof programs;
