/**
 * What the evidence of a failure shows, by name; `explain/signs.ts` determines when each sign is present. The absence of a sign
 * means nothing: its opposite has its own name if it matters.
 */
export type Sign =
  /** The failed call could have had a token of the peer, but was given none. */
  | 'no-token-given'
  /** The given token can be read to its last byte, including the tokens inside it. */
  | 'token-whole'
  /** The peer itself said why it refuses: a KRB-ERROR or a fatal TLS alert. */
  | 'peer-said-why'
  /** A ticket for the target was sent: the domain knows both sides. */
  | 'ticket-sent'
  /** The service has decrypted this ticket: it answered with an AP-REP, or had accepted it before. */
  | 'ticket-opened'
  /** The same AP-REQ was accepted before. */
  | 'replayed'
  | 'target-missing'
  | 'target-is-address'
  | 'target-given'
  | 'identity-given'
  | 'bindings-given'
  /** The client's AUTHENTICATE message contains no user. */
  | 'client-anonymous'
  | 'credentials-valid'
  | 'package-is-ntlm'
  /** The credentials do not allow NTLM (`packages`). */
  | 'ntlm-denied'
  /** There were credentials for the package, so the package exists. */
  | 'package-found'
  | 'protection-requested'
  | 'initiator'
  | 'acceptor'
  | 'wine'
  | 'windows';

/** Something to check; with conditions, if it is useful only with or without a sign. */
export type Check = string | { readonly text: string; readonly when?: Sign; readonly unless?: Sign };

/**
 * A possible cause of a failure: a sentence, what to check, and the signs that exclude it. Sources: Microsoft's pages on SSPI's
 * return values, MS-KILE, MS-NLMP and RFC 4120; commands are those of Windows (setspn, w32tm, klist) and of MIT Kerberos.
 */
export interface CatalogueEntry {
  readonly summary: string;
  /** The first is the hint if this is the only cause. */
  readonly check: readonly Check[];
  /** The first check says what to do; the others, and those of causes without this field, say what to look at. */
  readonly instructs?: true;
  /** With any of these signs the cause is not listed, even if it is the usual reason. */
  readonly excludedBy?: readonly Sign[];
}

const entries = {
  'spn-unknown': {
    excludedBy: ['ticket-sent', 'ticket-opened', 'target-missing', 'target-is-address', 'package-is-ntlm', 'acceptor'],
    summary: 'No account owns the service principal name that was asked for.',
    check: [
      'The spelling of the target: `service/host`, with the host’s full name, as clients use it.',
      'Who owns the name: `setspn -Q service/host`; register it on the account that the service runs as: `setspn -S service/host account`.',
    ],
  },
  'spn-duplicate': {
    excludedBy: ['ticket-opened', 'target-missing', 'target-is-address', 'package-is-ntlm'],
    summary: 'More than one account owns the service principal name.',
    check: ['Duplicates in the forest: `setspn -X -F`; leave the name on the service’s own account only.'],
  },
  'stale-key': {
    excludedBy: ['ticket-opened', 'package-is-ntlm'],
    summary: 'The service cannot decrypt the ticket: it was made with another key than the service has.',
    check: [
      'That the service runs as the account that owns the name: `setspn -Q service/host`.',
      'That the keytab is newer than the account’s last password change: compare the key version (`klist -k -e`) with msDS-KeyVersionNumber.',
      'That no second account owns the name: `setspn -X`.',
    ],
  },
  'no-target': {
    excludedBy: ['ticket-sent', 'target-given', 'acceptor'],
    instructs: true,
    summary: 'No target was named, so there is no service to get a ticket for.',
    check: ["Pass `target: 'service/host'` to initiate()."],
  },
  'address-as-target': {
    excludedBy: ['ticket-sent', 'acceptor'],
    instructs: true,
    summary: 'The target is an IP address: accounts own names, so there is no Kerberos ticket for it.',
    check: ['Connect to the host by its name, and use that name in the target.'],
  },
  'clock-skew': {
    summary: 'The clocks differ by more than Kerberos allows (five minutes).',
    check: [
      'The time of this machine, of the peer and of the domain controller: `w32tm /query /status`, or chrony/ntpd on Linux.',
    ],
  },
  'ticket-expired': {
    excludedBy: ['credentials-valid'],
    instructs: true,
    summary: 'The ticket has expired.',
    check: [
      'Get new tickets: lock and unlock the session, or `kinit`; restart services that keep credentials for days.',
    ],
  },
  'wrong-realm': {
    excludedBy: ['ticket-sent', 'ticket-opened'],
    summary: 'The realm or domain does not exist, is not reachable, or is not the one of the account or service.',
    check: [
      'The spelling of the domain; outside Windows a realm is written in capitals: CORP.EXAMPLE.COM.',
      'That the trust between the two domains works, and that DNS finds domain controllers of both.',
    ],
  },
  'no-domain-controller': {
    excludedBy: ['ticket-sent', 'ticket-opened'],
    summary: 'No domain controller could be reached.',
    check: ['Network and firewall to port 88 (Kerberos) and 445/135 (NTLM); DNS: `nltest /dsgetdc:domain`.'],
  },
  'ntlm-instead-of-kerberos': {
    summary: 'NTLM was used instead of Kerberos; NTLM never proves the server’s identity.',
    check: [
      'That the target is `service/host` with a registered name: `setspn -Q service/host`.',
      'That the client has tickets and reaches a domain controller: `klist`, `klist get service/host`.',
      {
        text: "To forbid the fallback: `packages: { deny: ['NTLM'] }`.",
        unless: 'ntlm-denied',
      },
    ],
  },
  'channel-bindings': {
    summary: 'The two sides bind to different TLS channels or services (Extended Protection for Authentication).',
    check: [
      'Whether anything between the two sides terminates TLS: a proxy, a load balancer, an inspecting firewall.',
      'That both sides use the certificate that the server actually presents.',
      { text: 'That this side also passes `channelBindings`.', unless: 'bindings-given' },
    ],
  },
  'loopback-check': {
    excludedBy: ['wine'],
    instructs: true,
    summary: 'Windows refuses NTLM from a machine to itself under a name that is not its own (the loopback check).',
    check: [
      'Use the machine’s own name, or add the alias to BackConnectionHostNames (HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0).',
    ],
  },
  'credentials-expired': {
    excludedBy: ['credentials-valid'],
    instructs: true,
    summary: 'The credentials have expired.',
    check: [
      'Acquire new credentials; a process that runs for days should do so before `credentials.expiry`.',
      {
        text: 'That the current user still has valid tickets: `klist`; to get new ones, lock and unlock the session, or use `kinit`.',
        unless: 'identity-given',
      },
    ],
  },
  'empty-password': {
    summary: 'The identity’s password is empty.',
    check: [
      'Where `identity.password` comes from: perhaps an unset variable or setting. A network logon needs a password.',
    ],
  },
  'no-credentials': {
    excludedBy: ['ticket-sent', 'ticket-opened'],
    instructs: true,
    summary: 'There are no credentials to log on with.',
    check: [
      {
        text: 'Run as a user with a logon session or tickets (`klist`), or pass `identity` to acquireCredentials().',
        unless: 'identity-given',
      },
      {
        text: 'For a server: run as the service’s account or as the machine; outside Windows, set KRB5_KTNAME to the keytab.',
        unless: 'initiator',
      },
    ],
  },
  'wrong-password': {
    excludedBy: ['ticket-sent', 'ticket-opened', 'client-anonymous'],
    summary: 'The password is wrong.',
    check: [
      'The password, and the keyboard layout and encoding with which it was entered. More attempts may lock the account.',
    ],
  },
  'unknown-user': {
    excludedBy: ['ticket-sent', 'ticket-opened', 'client-anonymous'],
    summary: 'The domain has no such account.',
    check: ['The user name and the domain; with a user principal name (`user@domain`), leave out `domain`.'],
  },
  'account-disabled': {
    excludedBy: ['client-anonymous'],
    instructs: true,
    summary: 'The account is disabled.',
    check: ['Enable it: `Enable-ADAccount`. For a service, check that the name belongs to the right account.'],
  },
  'account-expired': {
    excludedBy: ['client-anonymous'],
    summary: 'The account has expired.',
    check: ['The account’s end date: `Get-ADUser name -Properties AccountExpirationDate`.'],
  },
  'account-locked': {
    excludedBy: ['client-anonymous'],
    instructs: true,
    summary: 'The account is locked after too many wrong passwords.',
    check: [
      'Unlock it (`Unlock-ADAccount`), and find what keeps using an old password: event 4740 on the domain controller.',
    ],
  },
  'password-expired': {
    excludedBy: ['client-anonymous'],
    instructs: true,
    summary: 'The password has expired or must be changed before the first logon.',
    check: [
      'Set a new password; for a service’s account consider one that does not expire, or a group-managed account.',
    ],
  },
  'logon-restricted': {
    summary:
      'A restriction of the account or of the domain forbids this logon: hours, workstation, kind of logon, or policy.',
    check: [
      'Logon hours and allowed workstations of the account; “access this computer from the network” on the server; authentication policies.',
    ],
  },
  'smart-card-required': {
    excludedBy: ['client-anonymous'],
    instructs: true,
    summary: 'The account may log on only with a smart card.',
    check: ['Use a certificate, or lift the restriction of the account.'],
  },
  'anonymous-client': {
    summary: 'The client logged on anonymously, without a user.',
    check: ['The client’s credentials: a service running as a local account has none on the network.'],
  },
  'ntlm-refused': {
    summary: 'Policy refuses NTLM, or this version of it.',
    check: [
      '“Restrict NTLM” and “LAN Manager authentication level” on client, server and domain controller; use Kerberos.',
    ],
  },
  'encryption-type': {
    summary: 'The two sides share no encryption type.',
    check: [
      'msDS-SupportedEncryptionTypes of the account, and the policy “Configure encryption types allowed for Kerberos”.',
      'Whether the account’s password was set after AES was enabled: if not, set it again.',
    ],
  },
  'delegation-refused': {
    summary: 'Delegation was requested and is not allowed.',
    check: [
      'That the flags delegate and mutualAuth are both requested, that the service’s account is “trusted for delegation”, and that the user is not “sensitive” and not in Protected Users.',
    ],
  },
  'spnego-to-kerberos': {
    excludedBy: ['no-token-given'],
    instructs: true,
    summary: 'The token is SPNEGO, and the Kerberos package accepts only raw Kerberos.',
    check: ['Acquire credentials for the package Negotiate.'],
  },
  'token-of-other-package': {
    excludedBy: ['no-token-given'],
    summary: 'The token belongs to another package than the credentials.',
    check: ['That both sides use the same package; Negotiate accepts SPNEGO, Kerberos and NTLM.'],
  },
  'token-of-this-side': {
    excludedBy: ['no-token-given'],
    summary: 'The token is of a kind that this side sends: its own token came back, or both sides have the same role.',
    check: [
      'That the token was written by the peer: look for crossed or shared buffers, a transport that echoes, a token read from the wrong header.',
      'That one side calls initiate() and the other accept().',
    ],
  },
  'other-protocol': {
    excludedBy: ['no-token-given', 'token-whole'],
    summary: 'The input is text of another protocol, not a token.',
    check: ['The port and the scheme: what listens there does not speak this protocol, or speaks it without TLS.'],
  },
  'user-to-user': {
    instructs: true,
    summary:
      'The domain knows the account, but issues only user-to-user tickets for it, because it owns no service name.',
    check: [
      'Register the name on the account that the service runs as (`setspn -S service/host account`), or run the service as a computer account, a service account or a group-managed account.',
    ],
  },
  'protection-not-offered': {
    instructs: true,
    summary: 'This side requires signing or encryption, and the other does not offer it.',
    check: ['Request the flags integrity and confidentiality on both sides, or on neither.'],
  },
  'damaged-token': {
    excludedBy: ['no-token-given', 'token-whole'],
    summary: 'The bytes are not one complete token: they were cut, joined or re-encoded in transit.',
    check: [
      'Framing (lengths, where a token ends), base64 decoding, and the limit for headers (Node’s is 16 KiB; Kerberos tokens may be larger).',
    ],
  },
  'token-of-other-connection': {
    excludedBy: ['no-token-given', 'peer-said-why'],
    summary: 'The token belongs to another handshake, or was passed twice.',
    check: [
      'That each connection has its own handshake object, stored with the socket; look for proxies that share connections among users.',
    ],
  },
  'peer-refused': {
    excludedBy: ['no-token-given'],
    summary: 'The peer ended the negotiation.',
    check: ['The peer’s log and error, which have the reason.'],
  },
  'flag-not-requested': {
    instructs: true,
    summary: 'A required flag was not requested.',
    check: ['Also name it in `flags`: `require` only checks.'],
  },
  'flag-not-granted': {
    summary: 'A required flag was requested but not granted.',
    check: ['Whether the package supports it (`listPackages()`), and whether the peer also requests it.'],
  },
  'package-not-allowed': {
    summary: 'The negotiated package is not allowed.',
    check: ['`require.packages` and `packages`, and why the wanted package was not available to both sides.'],
  },
  'package-missing': {
    excludedBy: ['package-found'],
    summary: 'This machine has no security package of this name.',
    check: ['The name of the package: `listPackages()` lists the available ones.'],
  },
  'credential-use': {
    summary: 'The credentials do not fit this call.',
    check: [
      'That `use` is outbound for the client and inbound for the server, and that the package accepts this form of identity.',
    ],
  },
  certificate: {
    summary: 'A certificate is not acceptable.',
    check: ['Its validity period, names, usages and chain, and that whoever verifies it trusts the root.'],
  },
  'wrong-host-name': {
    summary: 'The server does not know the host name that the client asked for.',
    check: [
      'The target’s host, which TLS passes on as server_name (SNI), and the names that the server is configured for.',
    ],
  },
  'no-common-protocol': {
    summary: 'The two sides share no protocol version or algorithm.',
    check: ['Enabled versions and cipher suites on both sides.'],
  },
  'unsupported-function': {
    summary: 'The package does not offer this function here.',
    check: [
      'What the package supports: `listPackages()`.',
      { text: 'Wine implements less than Windows.', when: 'wine' },
    ],
  },
  'not-protected': {
    instructs: true,
    summary: 'The context has no protection of this kind.',
    check: [
      {
        text: 'Request confidentiality and integrity in `flags` on both sides, and require them.',
        unless: 'protection-requested',
      },
      {
        text: 'Whether the peer requests the same flags: what it does not offer is not granted.',
        when: 'protection-requested',
      },
    ],
  },
  'message-altered': {
    summary: 'The message is not what the peer protected.',
    check: [
      'Framing of messages (one whole message each), their order, and that they belong to this context and direction.',
    ],
  },
  'message-order': {
    summary: 'A message was lost, repeated or reordered.',
    check: [
      'That each message is opened once, in the order in which they were protected; look for concurrent writers on one socket.',
    ],
  },
  'context-expired': {
    instructs: true,
    summary: 'The context has expired, or the peer has closed it.',
    check: ['Start a new handshake.'],
  },
  'security-authority': {
    summary: 'The security package, or a service that it depends on, had an internal failure.',
    check: [
      { text: 'The system’s log.', unless: 'wine' },
      { text: 'That ntlm_auth and winbindd (NTLM) and libgssapi (Kerberos) work.', unless: 'windows' },
    ],
  },
  'memory-short': { summary: 'The system is short of memory.', check: ['Memory and handle counts of this process.'] },
  'peer-silent': {
    summary: 'The peer sent nothing in time.',
    check: ['Whether this side’s last token reached the peer; the network; `peerTimeout`.'],
  },
  'peer-closed': {
    summary: 'The peer’s tokens ended although another one was expected.',
    check: [
      'The peer’s error; whether the answer of the transport (such as an HTTP 401 without a token) was a refusal.',
    ],
  },
  aborted: {
    summary: 'The caller aborted it or disposed of it.',
    check: ['What aborted the signal or disposed of the object, and when.'],
  },
  misuse: {
    summary: 'The call does not fit the object’s state or its documented form.',
    check: ['The message says what is wrong.'],
  },
  platform: {
    instructs: true,
    summary: 'This platform has no SSPI.',
    check: [
      'Run on Windows (or Wine); in tests, use a provider of `sspi/testing` instead. The inspector, channel bindings and errors also work here.',
    ],
  },
  'platform-folded': {
    instructs: true,
    summary: 'A bundler has replaced `process.platform` in the program with another platform.',
    check: ['Bundle for Windows, or without a replacement (`define`) for `process.platform`.'],
  },
  'addons-not-permitted': {
    instructs: true,
    summary: 'The permissions of this process do not allow native addons.',
    check: ['Start Node with `--allow-addons` in addition to `--permission`; start Deno with `--allow-ffi`.'],
  },
  'addons-disabled': {
    instructs: true,
    summary: 'This process was started without native addons.',
    check: ['Start Node without `--no-addons`; it may be in NODE_OPTIONS or in the options of a worker.'],
  },
  'addon-blocked': {
    instructs: true,
    summary: 'A security policy or product on this machine blocks the native addon.',
    check: [
      'Allow the file in the policy (App Control for Business, AppLocker) or in the virus scanner; event log: Microsoft-Windows-CodeIntegrity/Operational, and AppLocker.',
      'That this user may read and execute the file: `icacls`.',
    ],
  },
  'addon-setting': {
    instructs: true,
    summary: 'The environment variable SSPI_BINARY does not name this package’s addon.',
    check: [
      'Set SSPI_BINARY to the absolute path of `prebuilds/win32-<arch>/sspi.node`, or unset it if the package is completely installed.',
    ],
  },
  'addon-missing': {
    instructs: true,
    summary: 'The native addon was not found with the package or the program.',
    check: [
      'Have the bundler copy `prebuilds/win32-<arch>/sspi.node` of the package next to the program, leave the package external, or name the file in SSPI_BINARY. There are binaries for x64, ia32 and arm64.',
    ],
  },
  'addon-architecture': {
    instructs: true,
    summary: 'The native addon is for another architecture than this process.',
    check: ['Copy the file from `prebuilds/win32-<arch>/` that matches `process.arch` of the program that runs it.'],
  },
  'addon-damaged': {
    instructs: true,
    summary: 'The file that should be the native addon is something else.',
    check: ['Reinstall the package; the file may have been truncated, or converted as text, when it was copied.'],
  },
  'addon-unreadable': {
    instructs: true,
    summary: 'The permissions of this process do not allow reading the native addon.',
    check: ['Add the file to `--allow-fs-read` (Node) or `--allow-read` (Deno).'],
  },
  'addon-refused': {
    summary: 'Windows refuses to load the native addon.',
    check: ['What the loader says; `npx sspi doctor` on the same machine and with the same Node.'],
  },
  'sql-unreachable': {
    summary: 'SQL Server could not be reached, or closed the connection during the login.',
    check: [
      'The host, the port (1433, or the one in SQL Server Configuration Manager), TCP/IP being enabled there, and firewalls.',
      'The server’s error log: it closes connections without a word if a login does not follow its rules.',
    ],
  },
  'sql-encryption': {
    summary: 'Client and server do not agree on encryption, or the client does not trust the server’s certificate.',
    check: [
      'Force Encryption and Force Strict Encryption in SQL Server Configuration Manager, against `encrypt`.',
      'The server’s certificate: its name, its dates, and the authority that this machine or `cryptoCredentialsDetails.ca` trusts.',
    ],
  },
  'sql-protocol': {
    summary: 'What answered did not follow the rules of SQL Server’s protocol.',
    check: [
      'That the port is SQL Server’s; whether something between the two sides changes the connection.',
      "Whether the server accepts TDS 8 only: `encrypt: 'strict'`.",
    ],
  },
  'sql-untrusted': {
    summary: 'SQL Server could not verify the sign-on (18452).',
    check: [
      'That the SPN belongs to the account that the service runs as: `setspn -Q MSSQLSvc/host:port`.',
      "Whether NTLM was used, between domains without a trust: `packages: { deny: ['NTLM'] }` shows why Kerberos was not.",
      'Whether the server requires Extended Protection, which `extendedProtection: false` and TLS 1.3 leave out.',
    ],
  },
  'sql-no-login': {
    summary: 'SQL Server verified the sign-on and did not let the user in (18456).',
    check: [
      'The state of error 18456 in the server’s error log: 11 and 12 mean that the user has no login or no right to connect, 38 and 40 that the database cannot be opened.',
      'A login for the user or one of its groups: CREATE LOGIN [DOMAIN\\group] FROM WINDOWS.',
    ],
  },
  other: {
    summary: 'Nothing more specific is known.',
    check: ['The status on Microsoft’s page of the function that failed.'],
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

/** The names of the causes that explanations know. */
export type CauseName = keyof typeof entries;

export const catalogue: Readonly<Record<CauseName, CatalogueEntry>> = entries;

/** The sentence that says what to do if this is the only cause. */
export function remedyOf(cause: CauseName): string {
  const { summary, check, instructs } = catalogue[cause];
  const [first] = check;
  if (first === undefined) return summary;
  const text = typeof first === 'string' ? first : first.text;
  return instructs === true ? `${summary} ${text}` : `${summary} To check: ${text}`;
}
