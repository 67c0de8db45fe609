import type { Binding } from '#lib/binding/binding';

type BindingFunction = Exclude<keyof Binding, 'wineVersion'>;

/** Every function of the interface. A new one does not compile until it is listed here, and then needs a test case. */
const all: Readonly<Record<BindingFunction, true>> = {
  liveCounts: true,
  threadUse: true,
  enumerateSecurityPackages: true,
  querySecurityPackageInfo: true,
  acquireCredentialsHandle: true,
  freeCredentialsHandle: true,
  dropCredential: true,
  acquireCredentialsHandleForClient: true,
  queryCredentialsAttribute: true,
  encodeAuthIdentityAsStrings: true,
  createContext: true,
  useCredential: true,
  initializeSecurityContext: true,
  acceptSecurityContext: true,
  completeAuthToken: true,
  deleteSecurityContext: true,
  dropContext: true,
  queryContextAttributes: true,
  queryContextAttributesSync: true,
  encryptMessage: true,
  decryptMessage: true,
  makeSignature: true,
  verifySignature: true,
  querySecurityContextToken: true,
  queryProcessToken: true,
  checkTokenMembership: true,
  lookupAccountSids: true,
  lookupAccountNames: true,
  impersonate: true,
};

export const bindingFunctions = Object.keys(all) as readonly BindingFunction[];

/** The same binding; `called` gets the name of each function that is called. */
export function observed(binding: Binding, called: Set<string>): Binding {
  const functions = bindingFunctions.map((name) => {
    const functions = binding as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
    const observing = (...args: unknown[]): unknown => {
      called.add(name);
      return functions[name]?.(...args);
    };
    return [name, observing] as const;
  });
  return { wineVersion: binding.wineVersion, ...Object.fromEntries(functions) } as Binding;
}
