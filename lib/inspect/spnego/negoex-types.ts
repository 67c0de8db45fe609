import type { DecodedToken, TokenBase } from '../types';
import type { Guid, Hex, Masked, Named, Note } from '../values';

/** One or more messages of SPNEGO Extended Negotiation (MS-NEGOEX 2.2.6), as one SPNEGO token carries them. */
export interface NegoExToken extends TokenBase {
  readonly kind: 'negoex';
  readonly messages: readonly NegoExMessage[];
}

interface NegoExHeader {
  readonly offset: number;
  /** cbMessageLength, in bytes. */
  readonly length: number;
  readonly messageType: Named;
  /** Counts the messages of the conversation, from 0. */
  readonly sequenceNumber: number;
  readonly conversationId: Guid;
  readonly notes: readonly Note[];
}

/** `type` tells the four layouts apart; `messageType` has the exact type. */
export type NegoExMessage = NegoExNego | NegoExExchange | NegoExVerify | NegoExAlert | NegoExUnknown;

/** INITIATOR_NEGO and ACCEPTOR_NEGO. */
export interface NegoExNego extends NegoExHeader {
  readonly type: 'nego';
  readonly random: Hex;
  /** Decimal digits; always 0. */
  readonly protocolVersion: string;
  readonly authSchemes: readonly Guid[];
  readonly extensions: readonly {
    readonly extensionType: number;
    readonly critical: boolean;
    readonly length: number;
  }[];
}

/** INITIATOR_META_DATA, ACCEPTOR_META_DATA, CHALLENGE and AP_REQUEST. */
export interface NegoExExchange extends NegoExHeader {
  readonly type: 'exchange';
  readonly authScheme: Guid;
  readonly exchange: DecodedToken;
}

export interface NegoExVerify extends NegoExHeader {
  readonly type: 'verify';
  readonly authScheme: Guid;
  readonly checksumScheme: Named;
  /** The checksum type of RFC 3961. */
  readonly checksumType: Named;
  readonly checksum: Masked;
}

export interface NegoExAlert extends NegoExHeader {
  readonly type: 'alert';
  readonly authScheme: Guid;
  /** An NTSTATUS. */
  readonly errorCode: Named;
  readonly alerts: readonly { readonly alertType: Named; readonly reason?: Named }[];
}

export interface NegoExUnknown extends NegoExHeader {
  readonly type: 'unknown';
}
