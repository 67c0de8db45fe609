/**
 * What the evidence around a failure shows, by name; `explain/signs.ts` says when each is there. A sign that is missing says
 * nothing: its opposite has a name of its own where it matters.
 */
export type Sign =
  /** The failed call makes or takes a token of the peer, and was given none. */
  | 'no-token-given'
  /** The token that was given can be read to its last byte, tokens inside of it included. */
  | 'token-whole'
  /** The peer said itself why it refuses: a KRB-ERROR or a fatal TLS alert. */
  | 'peer-said-why'
  /** A ticket for the target went out: the domain knows both sides. */
  | 'ticket-sent'
  /** The service has opened this very ticket: it answered it with an AP-REP, or had taken it before. */
  | 'ticket-opened'
  /** The same AP-REQ was accepted before. */
  | 'replayed'
  | 'target-missing'
  | 'target-is-address'
  | 'target-given'
  | 'identity-given'
  | 'bindings-given'
  /** The client's AUTHENTICATE message names nobody. */
  | 'client-anonymous'
  | 'credentials-valid'
  | 'package-is-ntlm'
  /** The bounds of the credentials forbid NTLM. */
  | 'ntlm-denied'
  /** Credentials of the package were there, so the package is. */
  | 'package-found'
  | 'protection-requested'
  | 'initiator'
  | 'acceptor'
  | 'wine'
  | 'windows';

/** Something to check; with conditions, where it is of use only with or without a sign. */
export type Check = string | { readonly text: string; readonly when?: Sign; readonly unless?: Sign };

/**
 * What can have caused a failure: a sentence, what to check, and the signs that exclude it. Sources: Microsoft's pages on
 * SSPI's return values, MS-KILE, MS-NLMP and RFC 4120; commands are those of Windows (setspn, w32tm, klist) and of MIT
 * Kerberos.
 */
export interface CatalogueEntry {
  readonly summary: string;
  /** The first is the hint where nothing but this cause is meant. */
  readonly check: readonly Check[];
  /** The first of them says what to do; the others, and those of causes without this, what to look at. */
  readonly instructs?: true;
  /** With any of these it is not offered, whatever such a failure usually comes from. */
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
    check: ['Connect by the host’s name, and use that name in the target.'],
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
    summary: 'The ticket’s lifetime is over.',
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
    summary: 'No domain controller could be asked.',
    check: ['Network and firewall to port 88 (Kerberos) and 445/135 (NTLM); DNS: `nltest /dsgetdc:domain`.'],
  },
  'ntlm-instead-of-kerberos': {
    summary: 'NTLM was used where Kerberos was meant; NTLM never proves the server’s identity.',
    check: [
      'That the target is `service/host` with a registered name: `setspn -Q service/host`.',
      'That the client has tickets and reaches a domain controller: `klist`, `klist get service/host`.',
      {
        text: "Forbid the fallback where it must not happen: `packages: { deny: ['NTLM'] }`.",
        unless: 'ntlm-denied',
      },
    ],
  },
  'channel-bindings': {
    summary: 'The two sides bind to different TLS channels or services (Extended Protection for Authentication).',
    check: [
      'Whether anything between the two ends terminates TLS: a proxy, a load balancer, an inspecting firewall.',
      'That both sides use the certificate that the server really presents.',
      { text: 'That this side passes `channelBindings`, too.', unless: 'bindings-given' },
    ],
  },
  'loopback-check': {
    excludedBy: ['wine'],
    instructs: true,
    summary: 'Windows refuses NTLM to this same machine under a name that is not its own (the loopback check).',
    check: [
      'Use the machine’s own name, or add the alias to BackConnectionHostNames (HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0).',
    ],
  },
  'credentials-expired': {
    excludedBy: ['credentials-valid'],
    instructs: true,
    summary: 'The credentials have expired.',
    check: [
      'Acquire them anew; a process that runs for days does so before `credentials.expiry`.',
      {
        text: 'That the current user still has valid tickets: `klist`; get new ones by locking and unlocking the session, or by `kinit`.',
        unless: 'identity-given',
      },
    ],
  },
  'empty-password': {
    summary: 'The identity’s password is empty.',
    check: [
      'Where `identity.password` comes from: an unset variable or setting. An empty password is no network logon.',
    ],
  },
  'no-credentials': {
    excludedBy: ['ticket-sent', 'ticket-opened'],
    instructs: true,
    summary: 'There is nothing to log on with.',
    check: [
      {
        text: 'Run as a user with a logon session or tickets (`klist`), or pass `identity` to acquireCredentials().',
        unless: 'identity-given',
      },
      {
        text: 'For an acceptor: run as the service’s account or as the machine; outside Windows the keytab: KRB5_KTNAME.',
        unless: 'initiator',
      },
    ],
  },
  'wrong-password': {
    excludedBy: ['ticket-sent', 'ticket-opened', 'client-anonymous'],
    summary: 'The password is wrong.',
    check: ['The password, and the layout and encoding it was typed in. Further tries may lock the account.'],
  },
  'unknown-user': {
    excludedBy: ['ticket-sent', 'ticket-opened', 'client-anonymous'],
    summary: 'The domain has no such account.',
    check: ['The user name and the domain; a user principal name (`user@domain`) goes without `domain`.'],
  },
  'account-disabled': {
    excludedBy: ['client-anonymous'],
    instructs: true,
    summary: 'The account is disabled.',
    check: ['Enable it: `Enable-ADAccount`; services: whether the account behind the name is the right one.'],
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
      'Unlock it (`Unlock-ADAccount`), and find who keeps trying an old password: event 4740 on the domain controller.',
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
    summary: 'The account may log on with a smart card only.',
    check: ['Use a certificate, or lift the restriction of the account.'],
  },
  'anonymous-client': {
    summary: 'The client logged on anonymously: it had no user to name.',
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
      'Whether the account’s password was set since AES was enabled: set it anew.',
    ],
  },
  'delegation-refused': {
    summary: 'Delegation was asked for and is not allowed.',
    check: [
      'Flags delegate and mutualAuth together; the service’s account “trusted for delegation”; the user not “sensitive”, not in Protected Users.',
    ],
  },
  'spnego-to-kerberos': {
    excludedBy: ['no-token-given'],
    instructs: true,
    summary: 'The token is SPNEGO, and the Kerberos package reads raw Kerberos only.',
    check: ['Acquire credentials for the package Negotiate.'],
  },
  'token-of-other-package': {
    excludedBy: ['no-token-given'],
    summary: 'The token belongs to another package than the credentials.',
    check: ['That both sides use the same package; Negotiate takes SPNEGO, Kerberos and NTLM.'],
  },
  'token-of-this-side': {
    excludedBy: ['no-token-given'],
    summary: 'The token is one that this side makes: its own came back, or both ends play the same role.',
    check: [
      'That what is read is what the peer wrote: crossed or shared buffers, an echoing transport, a token read from the wrong header.',
      'That one end calls initiate() and the other accept().',
    ],
  },
  'other-protocol': {
    excludedBy: ['no-token-given', 'token-whole'],
    summary: 'What came is text of another protocol, and no token.',
    check: ['The port and the scheme: what listens there does not speak this protocol, or speaks it without TLS.'],
  },
  'user-to-user': {
    instructs: true,
    summary: 'The domain knows the account, and gives user-to-user tickets only for it: it owns no service name.',
    check: [
      'Register the name on the account that the service runs as (`setspn -S service/host account`), or run it as a machine’s, a service’s or a group-managed account.',
    ],
  },
  'protection-not-offered': {
    instructs: true,
    summary: 'This side insists on signing or encryption, and the other does not offer it.',
    check: ['Ask for the flags integrity and confidentiality on both sides, or on neither.'],
  },
  'damaged-token': {
    excludedBy: ['no-token-given', 'token-whole'],
    summary: 'The bytes are no whole token: they were cut, joined or recoded on their way.',
    check: [
      'Framing (lengths, where a token ends), base64 decoding, and the limit for headers (Node’s is 16 KiB; Kerberos tokens may be larger).',
    ],
  },
  'token-of-other-connection': {
    excludedBy: ['no-token-given', 'peer-said-why'],
    summary: 'The token belongs to another handshake, or was given twice.',
    check: [
      'That each connection has its own handshake object, kept with the socket; proxies that share connections among users.',
    ],
  },
  'peer-refused': {
    excludedBy: ['no-token-given'],
    summary: 'The peer ended the negotiation.',
    check: ['The peer’s own log and error: it knows why.'],
  },
  'flag-not-requested': {
    instructs: true,
    summary: 'A required flag was not asked for.',
    check: ['Name it in `flags`, too: `require` only checks.'],
  },
  'flag-not-granted': {
    summary: 'A required flag was asked for and not granted.',
    check: ['Whether the package can do it (`listPackages()`), and whether the peer asks for it as well.'],
  },
  'package-not-allowed': {
    summary: 'A package was negotiated that may not be used.',
    check: ['`require.packages` and `packages`, and why the wanted package was not available to both sides.'],
  },
  'package-missing': {
    excludedBy: ['package-found'],
    summary: 'This machine has no security package of this name.',
    check: ['The name: `listPackages()` lists those there are.'],
  },
  'credential-use': {
    summary: 'The credentials do not fit this call.',
    check: ['`use`: outbound to initiate, inbound to accept; whether the identity’s form suits the package.'],
  },
  certificate: {
    summary: 'A certificate is not acceptable.',
    check: ['Its validity period, names, usages and chain, and that the roots are trusted by whom it is shown to.'],
  },
  'wrong-host-name': {
    summary: 'The server does not know the host name that the client asked it for.',
    check: [
      'The target’s host, which TLS passes on as server_name (SNI), and the names that the server is set up for.',
    ],
  },
  'no-common-protocol': {
    summary: 'The two sides share no protocol version or algorithm.',
    check: ['Enabled versions and cipher suites on both sides.'],
  },
  'unsupported-function': {
    summary: 'The package does not offer this function here.',
    check: ['`listPackages()` for what it can do.', { text: 'Wine implements less than Windows.', when: 'wine' }],
  },
  'not-protected': {
    instructs: true,
    summary: 'The context has no protection of this kind.',
    check: [
      {
        text: 'Ask for confidentiality and integrity in `flags` of both sides, and require them.',
        unless: 'protection-requested',
      },
      {
        text: 'Whether the peer asks for the same flags: what it does not offer is not granted.',
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
      'That messages are opened once each, in the order in which they were protected; concurrent writers on one socket.',
    ],
  },
  'context-expired': {
    instructs: true,
    summary: 'The context’s lifetime is over, or the peer has closed it.',
    check: ['Make a new handshake.'],
  },
  'security-authority': {
    summary: 'The security package, or what it asks for help, failed inside.',
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
    summary: 'The peer’s tokens ended while one was due.',
    check: ['The peer’s own error; whether the transport’s answer (an HTTP 401 without a token, say) was a refusal.'],
  },
  aborted: { summary: 'The caller ended it.', check: ['Who aborted the signal or disposed the object, and when.'] },
  misuse: {
    summary: 'The call does not fit the object’s state or its documented form.',
    check: ['The message names it.'],
  },
  platform: {
    instructs: true,
    summary: 'This platform has no SSPI.',
    check: [
      'Run on Windows (or Wine); in tests, put a provider of `sspi/testing` in its place. The inspector, channel bindings and errors work here, too.',
    ],
  },
  'platform-folded': {
    instructs: true,
    summary: 'A bundler has written another platform into the program, in the place of `process.platform`.',
    check: ['Bundle for Windows, or without a replacement (`define`) for `process.platform`.'],
  },
  'addons-not-permitted': {
    instructs: true,
    summary: 'The permissions of this process exclude native addons.',
    check: ['Start Node with `--allow-addons` beside `--permission`; start Deno with `--allow-ffi`.'],
  },
  'addons-disabled': {
    instructs: true,
    summary: 'This process was started without native addons.',
    check: ['Start Node without `--no-addons`; it may stand in NODE_OPTIONS or in the options of a worker.'],
  },
  'addon-blocked': {
    instructs: true,
    summary: 'Something that guards this machine does not let the native addon be loaded.',
    check: [
      'Allow the file in the policy (App Control for Business, AppLocker) or in the virus scanner; event log: Microsoft-Windows-CodeIntegrity/Operational, and AppLocker.',
      'That this user may read and execute the file: `icacls`.',
    ],
  },
  'addon-setting': {
    instructs: true,
    summary: 'The environment variable SSPI_BINARY does not name this package’s addon.',
    check: [
      'Set SSPI_BINARY to the absolute path of `prebuilds/win32-<arch>/sspi.node`, or remove it where the package is installed whole.',
    ],
  },
  'addon-missing': {
    instructs: true,
    summary: 'The native addon is not where the program is.',
    check: [
      'Have the bundler copy `prebuilds/win32-<arch>/sspi.node` of the package beside the program, leave the package external, or name the file in SSPI_BINARY. There are binaries for x64, ia32 and arm64.',
    ],
  },
  'addon-architecture': {
    instructs: true,
    summary: 'The native addon is for another architecture than this process.',
    check: ['Copy the file of `prebuilds/win32-<arch>/` that fits `process.arch` of the program that runs it.'],
  },
  'addon-damaged': {
    instructs: true,
    summary: 'The file in the place of the native addon is something else.',
    check: ['Install the package anew; it may have been cut off, or converted as text, when it was copied.'],
  },
  'addon-unreadable': {
    instructs: true,
    summary: 'The permissions of this process exclude reading the native addon.',
    check: ['Name the file in `--allow-fs-read` (Node) or `--allow-read` (Deno).'],
  },
  'addon-refused': {
    summary: 'Windows refuses to load the native addon.',
    check: ['What the loader says; `npx sspi doctor` on the same machine and with the same Node.'],
  },
  other: {
    summary: 'Nothing more specific is known.',
    check: ['The status on Microsoft’s page of the function that failed.'],
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

/** The names of the causes that explanations know. */
export type CauseName = keyof typeof entries;

export const catalogue: Readonly<Record<CauseName, CatalogueEntry>> = entries;

/** The one sentence that says what to do, where nothing but this cause is meant. */
export function remedyOf(cause: CauseName): string {
  const { summary, check, instructs } = catalogue[cause];
  const [first] = check;
  if (first === undefined) return summary;
  const text = typeof first === 'string' ? first : first.text;
  return instructs === true ? `${summary} ${text}` : `${summary} To check: ${text}`;
}
