import type { Claim } from '../tokens';

/**
 * What an attacker has got hold of: answers to challenges, as soon as they are sent, and tickets, once they have been used. (One
 * that has not been used is as good as its owner, wherever it comes from: no server can tell.)
 */
export class Wiretap {
  readonly claims: Claim[] = [];
  #nonces = 0;

  overhear(claim: Claim): void {
    this.claims.push(claim);
  }

  freshNonce(): string {
    return `nonce ${++this.#nonces}`;
  }
}
