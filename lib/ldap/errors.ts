/** The errors of `sspi/ldap`: a closed list, beside those of `sspi/sasl` and the handshake. */
import { directoryReason } from './directory-reason';
import { SspiError } from '../index';
import { resultCodes, type LdapResult } from '../wire/ldap-messages';

/** The directory refused an operation of the sign-on. */
export function refusedError(what: string, result: LdapResult): SspiError {
  const hint = hintOf(result);
  const diagnostic = result.diagnostic === '' ? '' : ` (${result.diagnostic})`;
  const message = `The directory refused ${what}: ${result.name}${diagnostic}.`;
  return new SspiError({
    code: 'ERR_SSPI_LDAP_REFUSED',
    message: hint === undefined ? message : `${message} ${hint}`,
    ...(hint !== undefined && { hint }),
  });
}

/** What the directory sent is no answer to the sign-on. */
export function messageError(message: string, cause?: unknown): SspiError {
  const hint = 'Check host and port, and look for something that writes into the connection.';
  return new SspiError({ code: 'ERR_SSPI_LDAP_MESSAGE', message: `${message} ${hint}`, hint, cause });
}

export const closedError = (): SspiError =>
  new SspiError({
    code: 'ERR_SSPI_PEER_ENDED',
    message: 'The directory closed the connection before it answered. See its log for the reason.',
  });

/** What to do about messages of Active Directory and Samba on signing and encryption, and about plain result codes. */
function hintOf({ code, diagnostic }: LdapResult): string | undefined {
  const reason = directoryReason(diagnostic);
  if (reason !== undefined) return `${reason.meaning} ${reason.remedy}`;
  if (/sign or seal are not allowed|sign\/seal on a connection on which TLS/i.test(diagnostic)) {
    return "It accepts no security layer inside TLS: leave `layer` at 'none' there.";
  }
  if (/sign or seal are required/i.test(diagnostic)) {
    return 'It requires signing or encryption, and accepts neither inside TLS: use a `layer` and no TLS.';
  }
  switch (code) {
    case resultCodes.strongerAuthRequired:
      return "It requires signing: use the layer 'integrity' or 'confidentiality', or TLS.";
    case resultCodes.confidentialityRequired:
      return "It requires encryption: use the layer 'confidentiality', or TLS.";
    case resultCodes.authMethodNotSupported:
      return 'It does not support this SASL mechanism: read supportedSASLMechanisms of its root DSE.';
    case resultCodes.invalidCredentials:
      return 'It does not know this account, or does not accept its proof. See the log of the directory.';
    case resultCodes.busy:
    case resultCodes.unavailable:
      return 'Try again later, or another controller.';
    default:
      return undefined;
  }
}
