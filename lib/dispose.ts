/// <reference lib="esnext.disposable" preserve="true" />

/** What holds something of the security authority's, and gives it back. */
export interface Releasable extends Disposable, AsyncDisposable {
  /** True from the first disposal on. */
  readonly disposed: boolean;
  /**
   * Gives back what is held; resolves when it is really free, and keeps the process until then. Same as
   * `Symbol.asyncDispose`, for code without `using`. `Symbol.dispose` gives back without waiting.
   */
  dispose(): Promise<void>;
}
