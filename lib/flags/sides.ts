/**
 * The two sides, in three vocabularies:
 *
 * | Role        | its credentials' use | in client/server protocols |
 * | ----------- | -------------------- | -------------------------- |
 * | `initiator` | `outbound`           | the client                 |
 * | `acceptor`  | `inbound`            | the server                 |
 *
 * Initiator and acceptor are RFC 2743's terms and this package's own; inbound and outbound are those of
 * AcquireCredentialsHandle (fCredentialUse), where `both` serves either side.
 */

/** The two sides of a handshake. */
export type Role = 'initiator' | 'acceptor';

/** What credentials are for: to initiate, to accept, or both. */
export type CredentialsUse = 'outbound' | 'inbound' | 'both';
