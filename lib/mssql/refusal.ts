import { sqlError } from './errors';
import type { Handshake, SspiError } from '../index';

/** The server's own numbers for a sign-on that it does not accept. */
const untrusted = 18452; // "The login is from an untrusted domain and cannot be used with Integrated authentication."
const loginFailed = 18456; // "Login failed for user '…'."

/** Why the server refused, with `explain()`; undefined for errors that are not about the sign-on. */
export function refusalOf(numbers: readonly number[], handshake: Handshake, bound: boolean): SspiError | undefined {
  const how = `It was made for ${handshake.target ?? 'no target'}${packageOf(handshake)}, ${bound ? 'bound to TLS' : 'without channel bindings'}.`;
  if (numbers.includes(untrusted)) {
    return sqlError('ERR_SSPI_SQL_UNTRUSTED', `SQL Server could not verify the sign-on (${untrusted}). ${how}`, {
      hint: 'Check the SPN (`setspn -Q MSSQLSvc/host:port`), the trust between the domains, and whether the server requires Extended Protection.',
    });
  }
  if (numbers.includes(loginFailed)) {
    return sqlError(
      'ERR_SSPI_SQL_LOGIN_FAILED',
      `SQL Server verified the sign-on and refused it (${loginFailed}). ${how}`,
      {
        hint: 'Look up the state of error 18456 in the server’s log; the account may need a login: CREATE LOGIN [DOMAIN\\user] FROM WINDOWS.',
      },
    );
  }
  return undefined;
}

function packageOf(handshake: Handshake): string {
  return handshake.established ? ` with ${handshake.context.package}` : '';
}
