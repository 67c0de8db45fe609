import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';

const data = join(__dirname, '..', '..', 'test', 'data');

/** A certificate of test/data. */
export const selfSigned = new X509Certificate(readFileSync(join(data, 'tls-cert.pem')));

/** A JSON file of test/data. */
export function testData(name: string): unknown {
  return JSON.parse(readFileSync(join(data, name), 'utf8'));
}
