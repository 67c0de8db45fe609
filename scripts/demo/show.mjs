/** The demonstration itself, run by Windows' node.exe: in the lab where there is one, otherwise on Windows as it is. */
import fs from 'node:fs';
import os from 'node:os';
import { loadBinding } from '#lib/binding/load';
import { SspiError } from 'sspi';
import { kerberos } from './parts/kerberos.mjs';
import { ldapGssapi, ldapSpnego, meddler } from './parts/ldap.mjs';
import { ntlm, refusals } from './parts/ntlm.mjs';
import { currentUser, currentUserByNtlm, needsTheLab, packages, unknownUser } from './parts/windows.mjs';
import { bad, bold, good, hint, print } from './terminal.mjs';

const lab = process.env.SSPI_LAB && JSON.parse(fs.readFileSync(process.env.SSPI_LAB, 'utf8'));
const parts = lab
  ? [kerberos, ntlm, refusals, ldapGssapi, ldapSpnego, meddler]
  : [packages, currentUser, currentUserByNtlm, unknownUser, needsTheLab];

const place = lab
  ? `under ${lab.wine}; realm ${lab.realm}, domain controller ${lab.controller.host}`
  : `on ${os.version()}`;
print(bold(`Windows' node.exe ${process.versions.node} ${process.arch} ${place}`));

const start = performance.now();
let failed = 0;
for (const part of parts) {
  try {
    await part(lab);
  } catch (error) {
    failed++;
    bad(error.message);
    if (SspiError.isSspiError(error)) hint(`${error.code}${error.api === undefined ? '' : ` from ${error.api}`}`);
    else hint(error.stack);
  }
}

print();
const { credentials, contexts, buffers, calls } = loadBinding().liveCounts();
const left = credentials + contexts + buffers + calls;
(left === 0 ? good : bad)(
  `left behind: ${credentials} credentials, ${contexts} contexts, ${buffers} buffers, ${calls} calls`,
);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
print(
  bold(
    failed === 0
      ? `All ${parts.length} parts as they should be, in ${seconds} s.`
      : `${failed} of ${parts.length} parts FAILED.`,
  ),
);
process.exitCode = failed === 0 && left === 0 ? 0 : 1;
