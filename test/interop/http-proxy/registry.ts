/** A registry of packages with one package, by HTTPS, on the loopback interface. */
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { peersCertificate } from '../support/lab';

export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** Each path that was asked for, with the fields of the request. */
  readonly requests: readonly { readonly path: string; readonly fields: readonly string[] }[];
}

export const host = 'web.corp.test';
export const packageName = 'a-package-of-the-test';

export async function startRegistry(): Promise<Registry> {
  const requests: { path: string; fields: string[] }[] = [];
  const tarball = gzipSync(tarOf('package/package.json', JSON.stringify({ name: packageName, version: '1.2.3' })));
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const keyFile = path.join(path.dirname(peersCertificate), 'tls.key');
  const tls = { cert: fs.readFileSync(peersCertificate), key: fs.readFileSync(keyFile) };
  const server = https.createServer(tls, (request, response) => {
    const { url: asked = '' } = request;
    requests.push({ path: asked, fields: Object.keys(request.headers) });
    if (asked === '/tarball.tgz') {
      response.end(tarball);
    } else if (asked.startsWith(`/${packageName}`)) {
      const dist = { tarball: `${url()}tarball.tgz`, integrity };
      const version = { name: packageName, version: '1.2.3', dist };
      const document = { name: packageName, 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': version } };
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document));
    } else {
      response.writeHead(404).end('{}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = (): string => `https://${host}:${(server.address() as AddressInfo).port}/`;
  return {
    url: url(),
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** One file in the format ustar (POSIX.1-1988). */
function tarOf(name: string, text: string): Buffer {
  const block = 512;
  const content = Buffer.from(text);
  const header = Buffer.alloc(block);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * block)]);
}
