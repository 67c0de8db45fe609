/** Loads the addon that SSPI_BINARY names and makes a call with it: exit code 0, or the reason on stderr. */
import { listPackages } from 'sspi';

try {
  const packages = await listPackages();
  console.log(`${packages.length} packages`);
} catch (error) {
  console.error(`${error.message} ${error.cause?.message ?? ''}`);
  process.exitCode = 1;
}
