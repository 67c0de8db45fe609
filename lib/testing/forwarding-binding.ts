import type { Binding, ContextHandle, RawStatus } from '../binding/binding';

type Arguments<Name extends keyof Binding> = Binding[Name] extends (...args: infer Args) => unknown ? Args : never;
type Result<Name extends keyof Binding> = Binding[Name] extends (...args: never) => infer Answer ? Answer : never;

/** Passes every call on to another binding. Subclasses override the calls that they observe or change. */
export class ForwardingBinding implements Binding {
  protected readonly inner: Binding;

  constructor(inner: Binding) {
    this.inner = inner;
  }

  get wineVersion(): string | undefined {
    return this.inner.wineVersion;
  }

  liveCounts(...args: Arguments<'liveCounts'>): Result<'liveCounts'> {
    return this.inner.liveCounts(...args);
  }

  threadUse(...args: Arguments<'threadUse'>): Result<'threadUse'> {
    return this.inner.threadUse(...args);
  }

  enumerateSecurityPackages(...args: Arguments<'enumerateSecurityPackages'>): Result<'enumerateSecurityPackages'> {
    return this.inner.enumerateSecurityPackages(...args);
  }

  querySecurityPackageInfo(...args: Arguments<'querySecurityPackageInfo'>): Result<'querySecurityPackageInfo'> {
    return this.inner.querySecurityPackageInfo(...args);
  }

  acquireCredentialsHandle(...args: Arguments<'acquireCredentialsHandle'>): Result<'acquireCredentialsHandle'> {
    return this.inner.acquireCredentialsHandle(...args);
  }

  freeCredentialsHandle(...args: Arguments<'freeCredentialsHandle'>): Result<'freeCredentialsHandle'> {
    return this.inner.freeCredentialsHandle(...args);
  }

  dropCredential(...args: Arguments<'dropCredential'>): Result<'dropCredential'> {
    return this.inner.dropCredential(...args);
  }

  acquireCredentialsHandleForClient(
    ...args: Arguments<'acquireCredentialsHandleForClient'>
  ): Result<'acquireCredentialsHandleForClient'> {
    return this.inner.acquireCredentialsHandleForClient(...args);
  }

  queryCredentialsAttribute(...args: Arguments<'queryCredentialsAttribute'>): Result<'queryCredentialsAttribute'> {
    return this.inner.queryCredentialsAttribute(...args);
  }

  encodeAuthIdentityAsStrings(
    ...args: Arguments<'encodeAuthIdentityAsStrings'>
  ): Result<'encodeAuthIdentityAsStrings'> {
    return this.inner.encodeAuthIdentityAsStrings(...args);
  }

  createContext(...args: Arguments<'createContext'>): Result<'createContext'> {
    return this.inner.createContext(...args);
  }

  useCredential(...args: Arguments<'useCredential'>): Result<'useCredential'> {
    return this.inner.useCredential(...args);
  }

  initializeSecurityContext(...args: Arguments<'initializeSecurityContext'>): Result<'initializeSecurityContext'> {
    return this.inner.initializeSecurityContext(...args);
  }

  acceptSecurityContext(...args: Arguments<'acceptSecurityContext'>): Result<'acceptSecurityContext'> {
    return this.inner.acceptSecurityContext(...args);
  }

  completeAuthToken(...args: Arguments<'completeAuthToken'>): Result<'completeAuthToken'> {
    return this.inner.completeAuthToken(...args);
  }

  deleteSecurityContext(...args: Arguments<'deleteSecurityContext'>): Result<'deleteSecurityContext'> {
    return this.inner.deleteSecurityContext(...args);
  }

  dropContext(...args: Arguments<'dropContext'>): Result<'dropContext'> {
    return this.inner.dropContext(...args);
  }

  queryContextAttributes(...args: Arguments<'queryContextAttributes'>): Result<'queryContextAttributes'> {
    return this.inner.queryContextAttributes(...args);
  }

  queryContextAttributesSync(...args: Arguments<'queryContextAttributesSync'>): Result<'queryContextAttributesSync'> {
    return this.inner.queryContextAttributesSync(...args);
  }

  encryptMessage(...args: Arguments<'encryptMessage'>): Result<'encryptMessage'> {
    return this.inner.encryptMessage(...args);
  }

  decryptMessage(...args: Arguments<'decryptMessage'>): Result<'decryptMessage'> {
    return this.inner.decryptMessage(...args);
  }

  makeSignature(...args: Arguments<'makeSignature'>): Result<'makeSignature'> {
    return this.inner.makeSignature(...args);
  }

  verifySignature(...args: Arguments<'verifySignature'>): Result<'verifySignature'> {
    return this.inner.verifySignature(...args);
  }

  querySecurityContextToken(...args: Arguments<'querySecurityContextToken'>): Result<'querySecurityContextToken'> {
    return this.inner.querySecurityContextToken(...args);
  }

  queryProcessToken(...args: Arguments<'queryProcessToken'>): Result<'queryProcessToken'> {
    return this.inner.queryProcessToken(...args);
  }

  checkTokenMembership(...args: Arguments<'checkTokenMembership'>): Result<'checkTokenMembership'> {
    return this.inner.checkTokenMembership(...args);
  }

  lookupAccountSids(...args: Arguments<'lookupAccountSids'>): Result<'lookupAccountSids'> {
    return this.inner.lookupAccountSids(...args);
  }

  lookupAccountNames(...args: Arguments<'lookupAccountNames'>): Result<'lookupAccountNames'> {
    return this.inner.lookupAccountNames(...args);
  }

  impersonate<T>(context: ContextHandle, fn: () => T): RawStatus & { readonly result: T | undefined } {
    return this.inner.impersonate(context, fn);
  }
}
