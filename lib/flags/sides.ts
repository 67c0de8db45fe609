/**
 * The two sides, in three vocabularies:
 *
 * | Role        | its credentials' use | in client/server protocols |
 * | ----------- | -------------------- | -------------------------- |
 * | `initiator` | `outbound`           | the client                 |
 * | `acceptor`  | `inbound`            | the server                 |
 *
 * Initiator and acceptor are the terms of RFC 2743 and of this package's names; text says client and server. Inbound and
 * outbound are the terms of AcquireCredentialsHandle (fCredentialUse), where `both` is for either side.
 */

/** The two sides of a handshake. */
export type Role = 'initiator' | 'acceptor';

/** What credentials are for: to initiate, to accept, or both. */
export type CredentialsUse = 'outbound' | 'inbound' | 'both';
