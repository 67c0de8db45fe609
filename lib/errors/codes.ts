import type { certificateStatuses, ntStatuses, securityStatuses, win32Statuses } from './status-table';

/** The symbolic name of a status that SSPI returned; a number without a name keeps its hexadecimal digits. */
export type SspiStatusCode =
  | keyof typeof securityStatuses
  | keyof typeof certificateStatuses
  | keyof typeof ntStatuses
  | keyof typeof win32Statuses
  | `NTSTATUS_0x${string}`
  | `WIN32_0x${string}`
  | `SSPI_0x${string}`;

/** Usage errors: this package detects them itself, without a status of SSPI. */
export type SspiUsageCode =
  /** An argument or option has the wrong type, form or range. */
  | 'ERR_SSPI_INVALID_ARGUMENT'
  /** The ArrayBuffer of the bytes has been transferred. */
  | 'ERR_SSPI_DETACHED_BUFFER'
  /** A name that is not a context requirement of this side. */
  | 'ERR_SSPI_UNKNOWN_FLAG'
  /** The call needs secur32, which only Windows (and Wine) has, or a part of it that Wine does not have. */
  | 'ERR_SSPI_UNSUPPORTED_PLATFORM'
  /** The native addon is missing or could not be loaded. */
  | 'ERR_SSPI_BINARY_UNAVAILABLE'
  /** The credentials, handshake or context were disposed. */
  | 'ERR_SSPI_DISPOSED'
  /** Another call is running on the same handshake or context. */
  | 'ERR_SSPI_BUSY'
  /** The context was read before the handshake was complete. */
  | 'ERR_SSPI_NOT_ESTABLISHED'
  /** A leg after the handshake had succeeded. */
  | 'ERR_SSPI_HANDSHAKE_OVER'
  /** A leg after the handshake had failed; `cause` is the first error. */
  | 'ERR_SSPI_HANDSHAKE_FAILED'
  /** The peer's token is needed and was not passed. */
  | 'ERR_SSPI_TOKEN_REQUIRED'
  /** The peer's first token is empty. */
  | 'ERR_SSPI_EMPTY_TOKEN'
  /** The peer's token is larger than any token of the package. */
  | 'ERR_SSPI_TOKEN_TOO_LARGE'
  /** The incoming tokens ended although the peer owed one. */
  | 'ERR_SSPI_PEER_ENDED'
  /** The peer's next token did not come within `peerTimeout`. */
  | 'ERR_SSPI_PEER_TIMEOUT'
  /** The AbortSignal was aborted; `cause` is its reason. */
  | 'ERR_SSPI_ABORTED'
  /** The handshake ended without something that was required; `missing` names it. */
  | 'ERR_SSPI_REQUIREMENT_NOT_MET'
  /** The client did not meet the server's `extendedProtection`: the sign-on may have been relayed. */
  | 'ERR_SSPI_EXTENDED_PROTECTION'
  /** Channel bindings cannot be made from what was passed. */
  | 'ERR_SSPI_CHANNEL_BINDINGS'
  /** A message would be, or was, only signed although encryption is expected. */
  | 'ERR_SSPI_NOT_ENCRYPTED'
  /** Messages cannot be protected or opened, because neither integrity nor confidentiality was granted. */
  | 'ERR_SSPI_NOT_PROTECTED'
  /** `impersonate` was given a function that returns a promise. */
  | 'ERR_SSPI_PROMISE_REFUSED'
  /** The client did not allow this service to act for it on other machines (`onBehalfOf`). */
  | 'ERR_SSPI_NOT_DELEGATED'
  /** `sspi/http`: a user or group in the options that nobody knows. */
  | 'ERR_SSPI_NAME_UNKNOWN'
  /** `sspi/http`: `hasGroup` was asked where the platform does not tell the client's groups. */
  | 'ERR_SSPI_GROUPS_WITHHELD'
  /** `sspi/mssql`: no connection to the server, or it ended before the login was over; `cause` is the error of Node. */
  | 'ERR_SSPI_SQL_CONNECTION'
  /** `sspi/mssql`: the connection is not encrypted as asked for, or TLS could not be set up. */
  | 'ERR_SSPI_SQL_ENCRYPTION'
  /** `sspi/mssql`: the server broke the rules of a TDS login. */
  | 'ERR_SSPI_SQL_PROTOCOL'
  /** `sspi/mssql`: connecting and signing on took longer than `connectTimeout`. */
  | 'ERR_SSPI_SQL_TIMEOUT'
  /** `sspi/mssql`: the driver began a login that cannot become one of Windows. */
  | 'ERR_SSPI_SQL_DRIVER'
  /** `sspi/mssql`: the server could not verify the sign-on (18452); only for `onRefusal`. */
  | 'ERR_SSPI_SQL_UNTRUSTED'
  /** `sspi/mssql`: the server verified the sign-on and refused the user (18456); only for `onRefusal`. */
  | 'ERR_SSPI_SQL_LOGIN_FAILED'
  /** `sspi/sasl`: a message of the peer that does not belong at this place of the exchange. */
  | 'ERR_SSPI_SASL_MESSAGE'
  /** `sspi/sasl`: no security layer suits both sides, or the layer none was agreed on. */
  | 'ERR_SSPI_SASL_LAYER'
  /** `sspi/sasl`: protected frames of a wrong length, or half of one. */
  | 'ERR_SSPI_SASL_FRAME'
  /** `sspi/sasl`: the client may not act as the authorization identity that it sent. */
  | 'ERR_SSPI_SASL_AUTHZID'
  /** `sspi/ldap`: the directory refused the bind or StartTLS; the message has its reason. */
  | 'ERR_SSPI_LDAP_REFUSED'
  /** `sspi/ldap`: bytes of the directory that are no answer to the bind. */
  | 'ERR_SSPI_LDAP_MESSAGE'
  /** `sspi/ldap`: DNS lists no domain controller. */
  | 'ERR_SSPI_LDAP_NO_CONTROLLER'
  /** `sspi/http`: a sign-on was answered by, or sent on to, an origin that is not the one that was asked. */
  | 'ERR_SSPI_ORIGIN_REFUSED'
  /** `sspi/http`: the proxy cannot be used: it was not named in a way that can be read, or refused, or misbehaved. */
  | 'ERR_SSPI_PROXY_REFUSED'
  /** `sspi/http`: the server asks for another leg after a body was sent that cannot be sent again. */
  | 'ERR_SSPI_BODY_SENT'
  /** `sspi/http`: during a sign-on, the peer answered with something that is not HTTP, or exceeds a limit. */
  | 'ERR_SSPI_BAD_ANSWER'
  /** `sspi/http`: the peer closed the connection in the middle of a sign-on, which belongs to its connection. */
  | 'ERR_SSPI_CONNECTION_LOST'
  /** The native binding failed without a status of SSPI; `cause` says how. */
  | 'ERR_SSPI_INTERNAL';

/** What `SspiError.code` can be: match on this, not on messages. */
export type SspiErrorCode = SspiStatusCode | SspiUsageCode;

/** The SSPI functions that `SspiError.api` names. */
export type SspiApi =
  | 'EnumerateSecurityPackages'
  | 'QuerySecurityPackageInfo'
  | 'AcquireCredentialsHandle'
  | 'QueryCredentialsAttributes'
  | 'SspiEncodeAuthIdentityAsStrings'
  | 'InitializeSecurityContext'
  | 'AcceptSecurityContext'
  | 'CompleteAuthToken'
  | 'QueryContextAttributes'
  | 'EncryptMessage'
  | 'DecryptMessage'
  | 'MakeSignature'
  | 'VerifySignature'
  | 'QuerySecurityContextToken'
  | 'OpenProcessToken'
  | 'CheckTokenMembership'
  | 'ImpersonateSecurityContext';
