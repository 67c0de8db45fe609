import { bindingError } from '../errors/make';
import type { Binding, ContextHandle, CredentialHandle } from './binding';

/**
 * Owns a context handle. The handshake that fills it and the SecurityContext that uses it share one holder; the handle is
 * deleted exactly once.
 */
export class ContextHolder {
  readonly binding: Binding;
  readonly handle: ContextHandle;
  /** Called once, when the context is retired. */
  onRetired: (() => void) | undefined;
  #retired = false;
  #freed: Promise<void> | undefined;

  constructor(binding: Binding, credential: CredentialHandle) {
    this.binding = binding;
    try {
      this.handle = binding.createContext(credential);
    } catch (error) {
      throw bindingError(error);
    }
  }

  get retired(): boolean {
    return this.#retired;
  }

  /** Deletes the context, after the running call if there is one; resolves when it is deleted. This keeps the process alive. */
  retire(): Promise<void> {
    const first = !this.#retired;
    this.#retired = true;
    this.#freed ??= this.binding.deleteSecurityContext(this.handle);
    if (first) this.onRetired?.();
    return this.#freed;
  }

  /** The same if nobody waits: a call that hangs does not keep the process alive. */
  drop(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.binding.dropContext(this.handle);
    this.onRetired?.();
  }
}
