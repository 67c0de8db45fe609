import type { ContextLease, Identity } from './identity';
import type { Refusal } from './refusal';

/** Header fields that an answer gets when it goes out. */
export interface Additions {
  /** A value of WWW-Authenticate with the final token. */
  readonly authenticate?: string | undefined;
  /** Persistent-Auth; undefined for none. */
  readonly persistent?: boolean | undefined;
}

/** What becomes of a request. */
export type Verdict =
  | {
      readonly kind: 'passed';
      /** Undefined for an anonymous request. */
      readonly identity: Identity | undefined;
      readonly additions: Additions | undefined;
      /** The context of an identity that nothing but this request has. */
      readonly lease: ContextLease | undefined;
      /** When `maxAge` is over, on the clock; Infinity for never. */
      readonly until: number;
    }
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      /** The values of WWW-Authenticate. */
      readonly challenges: readonly string[];
      readonly additions: Additions | undefined;
    }
  /** 401 with a token: the handshake goes on. */
  | { readonly kind: 'continued'; readonly challenge: string }
  /** The client has left: nobody waits for an answer. */
  | { readonly kind: 'gone' };

export type Passed = Extract<Verdict, { readonly kind: 'passed' }>;

export const anonymous: Passed = {
  kind: 'passed',
  identity: undefined,
  additions: undefined,
  lease: undefined,
  until: Infinity,
};
export const gone: Verdict = { kind: 'gone' };
