/** Client programs that the suites run against servers of this project: nothing is started here. */

/** Python's requests_kerberos, curl's Negotiate and NTLM, both browsers, and what adds NTLM to a program's GSSAPI. */
export const clientPackages = [
  'curl',
  'python3',
  'python3-requests-kerberos',
  'chromium',
  'chromium-sandbox',
  'firefox-esr',
  'gss-ntlmssp',
];
