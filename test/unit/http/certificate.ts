import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';

const data = join(__dirname, '..', '..', '..', 'test', 'data');
const file = (name: string): string => readFileSync(join(data, name), 'utf8');

/** A certificate that signs itself, and its key. */
export const tlsServerOptions = { cert: file('tls-cert.pem'), key: file('tls-key.pem') };
export const certificate = new X509Certificate(tlsServerOptions.cert);
/** Another one. */
export const otherCertificate = new X509Certificate(file('ec-cert.pem'));
