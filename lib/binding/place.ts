import { bindingError } from '../errors/make';
import type { Binding, ContextHandle, CredentialHandle } from './binding';

/** The place of a context, shared by the handshake that fills it and the context that lives in it; deleted exactly once. */
export class Place {
  readonly binding: Binding;
  readonly handle: ContextHandle;
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
    return this.#freed !== undefined;
  }

  /** Deletes the context, after the running call if there is one; resolves when it is gone. */
  retire(): Promise<void> {
    return (this.#freed ??= this.binding.deleteSecurityContext(this.handle));
  }
}
