/// <reference lib="esnext.disposable" preserve="true" />

/** An object that owns resources of the security authority, and releases them. */
export interface Releasable extends Disposable, AsyncDisposable {
  /** True after the first disposal. */
  readonly disposed: boolean;
  /**
   * Releases the resources; resolves when they are freed, and keeps the process alive until then. Same as
   * `Symbol.asyncDispose`, for code without `using`. `Symbol.dispose` releases them without waiting.
   */
  dispose(): Promise<void>;
}
