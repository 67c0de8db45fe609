/** A program that knows nothing of proxies: node unchanged.js HTTP-URL HTTPS-URL. It trusts nobody's certificate but the test's. */
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';

const [plain = '', secure = ''] = process.argv.slice(2);
const ca = fs.readFileSync(process.env['TEST_CA'] ?? '', 'utf8');

// As NODE_EXTRA_CA_CERTS, which the lab removes from the environment.
const { createSecureContext } = tls;
tls.createSecureContext = (options) => {
  const context = createSecureContext(options);
  (context as { context: { addCACert(pem: string): void } }).context.addCACert(ca);
  return context;
};

function status(get: typeof http.get, url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

async function main(): Promise<void> {
  const result = {
    http: await status(http.get, plain),
    https: await status(https.get as typeof http.get, secure),
    'fetch http': (await fetch(plain)).status,
    'fetch https': (await fetch(secure)).status,
  };
  console.log(JSON.stringify(result));
}

void main();
