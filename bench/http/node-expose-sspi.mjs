/**
 * The middleware of npm's node-expose-sspi, as it was published, for comparison. Under Wine two things are done for it, without
 * which it signs nobody on: Wine's Negotiate has no credentials for both directions at once, and no names of clients. There the
 * comparison is between the accepted tokens alone, because this package cannot ask Wine for names either.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { loadBinding } from '#lib/binding/load';

export function middleware() {
  const require = createRequire(resolve(process.env.SSPI_BENCH_NODE_EXPOSE_SSPI, 'package.json'));
  const { sspi, sso } = require('node-expose-sspi');
  if (loadBinding().wineVersion !== undefined) {
    const { AcquireCredentialsHandle } = sspi;
    sspi.AcquireCredentialsHandle = (input) =>
      AcquireCredentialsHandle({ credentialUse: 'SECPKG_CRED_INBOUND', ...input });
    require('node-expose-sspi/dist/sso/SSO.js').SSO.prototype.load = async () => {};
  }
  return sso.auth({ useActiveDirectory: false });
}
