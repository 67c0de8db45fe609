import { statusCode } from '../../errors/status-code';
import { hintFor } from '../../errors/hints';

/**
 * What Active Directory means by its diagnostic messages of a refused bind, such as `80090308: LdapErr: DSID-0C090447, comment:
 * AcceptSecurityContext error, data 52e, v4563`: first SSPI's status at the server, and after `data` a Win32 error number or a
 * status, in hexadecimal.
 */
export function ldapReason(diagnostic: string): string | undefined {
  const [, status] = /^([0-9A-F]{8}): /i.exec(diagnostic) ?? [];
  const [, data] = /\bdata ([0-9a-f]{1,8})\b/i.exec(diagnostic) ?? [];
  const numbers = [data, status].flatMap((digits) => (digits === undefined ? [] : [Number.parseInt(digits, 16)]));
  for (const number of numbers) {
    if (number === 0) continue;
    const code = statusCode(number > 0xffff ? number : 0x80070000 + number);
    const hint = hintFor(code, { api: 'AcceptSecurityContext', package: 'Negotiate' });
    if (hint !== undefined) return `At the server: ${code}. ${hint}`;
  }
  return undefined;
}
