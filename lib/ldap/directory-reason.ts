/** What Active Directory means by the numbers in its diagnostic messages. */

/** Why Active Directory refused a bind. */
export interface DirectoryReason {
  /** The number after `data` in the message, in hexadecimal as there: `'52e'`. */
  readonly data: string;
  /** The symbolic name of that number: `'ERROR_LOGON_FAILURE'`. */
  readonly name: string;
  /** What it means, in one sentence. */
  readonly meaning: string;
  /** What to do, in one sentence. */
  readonly remedy: string;
}

type Row = readonly [name: string, meaning: string, remedy: string];

/**
 * Win32 error numbers (MS-ERREF, section 2.2) that follow `data` in a refused bind.
 * @see https://learn.microsoft.com/windows/win32/debug/system-error-codes--1300-1699-
 */
const ofData: Readonly<Record<string, Row>> = {
  '35b': [
    'channel bindings missing or wrong',
    'The directory requires channel bindings, and the bind had none, or those of another TLS connection.',
    'Use TLS without a proxy that ends it, and leave `channelBindings` on.',
  ],
  '525': ['ERROR_NO_SUCH_USER', 'The directory knows no such user.', 'Check the spelling and the domain of the name.'],
  '52e': [
    'ERROR_LOGON_FAILURE',
    'The user name or the password is wrong.',
    'Check the password, and write the user as user@domain or DOMAIN\\user.',
  ],
  '52f': [
    'ERROR_ACCOUNT_RESTRICTION',
    'A restriction of the account forbids this logon, such as Protected Users for NTLM.',
    'Use Kerberos, or check the restrictions of the account.',
  ],
  '530': [
    'ERROR_INVALID_LOGON_HOURS',
    'The account may not log on at this time.',
    'Check the logon hours of the account.',
  ],
  '531': [
    'ERROR_INVALID_WORKSTATION',
    'The account may not log on from this machine.',
    'Check the list of workstations of the account (userWorkstations).',
  ],
  '532': ['ERROR_PASSWORD_EXPIRED', 'The password has expired.', 'Change it.'],
  '533': ['ERROR_ACCOUNT_DISABLED', 'The account is disabled.', 'Enable it.'],
  '568': [
    'ERROR_TOO_MANY_CONTEXT_IDS',
    'The user is a member of too many groups for an access token.',
    'Remove memberships: the limit is 1,010 groups.',
  ],
  '57': [
    'ERROR_INVALID_PARAMETER',
    'The directory could not use what the bind contained.',
    'Check for damaged tokens and for a mechanism that does not fit the server.',
  ],
  '701': ['ERROR_ACCOUNT_EXPIRED', 'The account has expired.', 'Extend accountExpires of the account.'],
  '773': [
    'ERROR_PASSWORD_MUST_CHANGE',
    'The user must change the password before the first logon.',
    'Change it once at a machine of the domain, or clear "must change password at next logon".',
  ],
  '775': ['ERROR_ACCOUNT_LOCKED_OUT', 'The account is locked out.', 'Unlock it, and find what uses an old password.'],
};

/** SSPI's statuses at the server, which begin the message; used where the number after `data` says nothing. */
const ofStatus: Readonly<Record<string, Row>> = {
  '80090302': [
    'SEC_E_UNSUPPORTED_FUNCTION',
    'The directory does not accept this kind of sign-on.',
    'Where NTLM is disabled in the domain, use Kerberos: a target with the full name of the host.',
  ],
  '80090308': [
    'SEC_E_INVALID_TOKEN',
    'The directory could not read the token, or not decrypt the ticket.',
    'Check that the target names this very server: setspn -Q shows who owns it.',
  ],
  '8009030c': ['SEC_E_LOGON_DENIED', 'The directory denied the logon.', 'Check user, password and domain.'],
  '80090322': [
    'SEC_E_WRONG_PRINCIPAL',
    'The ticket is for another account than that of the directory server.',
    'Check that the target names this very server: setspn -Q shows who owns it.',
  ],
  '80090324': [
    'SEC_E_TIME_SKEW',
    'The clocks of the two machines differ by more than five minutes.',
    'Synchronise them.',
  ],
  '80090346': ['SEC_E_BAD_BINDINGS', ...((ofData['35b'] as Row).slice(1) as [string, string])],
};

/**
 * Reads Active Directory's reason out of a driver's error, or of the text of one, such as `80090308: LdapErr: DSID-0C090447,
 * comment: AcceptSecurityContext error, data 775, v4563`. Works on every platform and with every driver that keeps the directory's
 * text in its message.
 *
 * @returns Undefined for what is no such message, and for numbers without a known meaning.
 * @example
 * ```ts
 * try {
 *   await client.bind('alice@corp.test', password);
 * } catch (error) {
 *   const reason = directoryReason(error);
 *   if (reason?.data === '775') notifyHelpDesk();
 *   throw new Error(reason?.meaning ?? 'The bind failed.', { cause: error });
 * }
 * ```
 */
export function directoryReason(error: unknown): DirectoryReason | undefined {
  const text = textOf(error);
  const [, status = ''] = /(?:^|[^0-9a-f])([0-9a-f]{8}): (?:LdapErr|[a-z]+Err)\b/i.exec(text) ?? [];
  const [, data = ''] = /\bdata ([0-9a-f]{1,8})\b/i.exec(text) ?? [];
  if (status === '' && !/AcceptSecurityContext error/i.test(text)) return undefined;
  const number = data.toLowerCase().replace(/^0+(?=.)/, '');
  const row = ofData[number] ?? ofStatus[number] ?? ofStatus[status.toLowerCase()];
  if (row === undefined) return undefined;
  const [name, meaning, remedy] = row;
  return Object.freeze({ data: number, name, meaning, remedy });
}

function textOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return '';
  const { message } = error as { message?: unknown };
  return typeof message === 'string' ? message : '';
}
