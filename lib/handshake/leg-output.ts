/** What a leg has for the peer: the output of all its calls, joined. */
export class LegOutput {
  #earlier: Buffer | undefined;

  /** The output of a call that is followed by another one in the same leg. */
  add(token: Buffer | undefined): void {
    this.#earlier = this.joinedWith(nonEmpty(token));
  }

  /** All of it, given the output of the last call. */
  joinedWith(last: Buffer | undefined): Buffer | undefined {
    const earlier = this.#earlier;
    if (earlier === undefined) return last;
    return last === undefined || last.length === 0 ? earlier : Buffer.concat([earlier, last]);
  }

  clear(): void {
    this.#earlier = undefined;
  }
}

export function nonEmpty(token: Buffer | undefined): Buffer | undefined {
  return token === undefined || token.length === 0 ? undefined : token;
}
