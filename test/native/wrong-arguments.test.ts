/** Calls every function of the binding with every wrong type of every argument: each throws an error with a code. */
import { loadBinding } from '#lib/binding/load';
import { leavesNothingAlive, liveCounts } from './support/live-counts';
import { thrown } from '../outcome';
import { describeScripted, keepsTheRules, readJournal } from './support/scripted';
import type { Binding, ContextHandle, CredentialHandle } from '#lib/binding/binding';

leavesNothingAlive();

/** What a parameter takes. */
type Form =
  | 'text'
  | 'optional text'
  | 'number'
  | 'boolean'
  | 'optional boolean'
  | 'optional bytes'
  | 'memory'
  | 'layout'
  | 'numbers'
  | 'texts'
  | 'identity'
  | 'identifier'
  | 'identifiers'
  | 'function'
  | 'credential'
  | 'context'
  | 'optional context';

/** The parameters of each function. A function that is new does not compile without its line. */
const parameters: Readonly<Record<Exclude<keyof Binding, 'wineVersion'>, readonly Form[]>> = {
  liveCounts: [],
  threadUse: [],
  enumerateSecurityPackages: [],
  querySecurityPackageInfo: ['text'],
  acquireCredentialsHandle: ['optional text', 'text', 'number', 'identity'],
  freeCredentialsHandle: ['credential'],
  dropCredential: ['credential'],
  acquireCredentialsHandleForClient: ['context', 'number', 'optional text', 'text', 'number', 'identity'],
  queryCredentialsAttribute: ['credential', 'number'],
  encodeAuthIdentityAsStrings: ['identity'],
  createContext: ['credential'],
  useCredential: ['context', 'credential'],
  initializeSecurityContext: [
    'context',
    'optional text',
    'number',
    'optional bytes',
    'optional bytes',
    'number',
    'boolean',
    'numbers',
  ],
  acceptSecurityContext: [
    'context',
    'number',
    'optional bytes',
    'optional bytes',
    'number',
    'boolean',
    'numbers',
    'optional boolean',
  ],
  completeAuthToken: ['context', 'optional bytes', 'numbers'],
  deleteSecurityContext: ['context'],
  dropContext: ['context'],
  queryContextAttributes: ['context', 'numbers'],
  queryContextAttributesSync: ['context', 'numbers'],
  encryptMessage: ['context', 'memory', 'layout', 'number', 'number'],
  decryptMessage: ['context', 'memory', 'layout', 'number'],
  makeSignature: ['context', 'memory', 'layout', 'number', 'number'],
  verifySignature: ['context', 'memory', 'layout', 'number'],
  querySecurityContextToken: ['context'],
  queryProcessToken: [],
  checkTokenMembership: ['optional context', 'identifier'],
  lookupAccountSids: ['identifiers'],
  lookupAccountNames: ['texts'],
  impersonate: ['context', 'function'],
};

const everyone = Buffer.from('010100000000000100000000', 'hex');

describeScripted('the binding, called wrongly', () => {
  let credential: CredentialHandle;
  let context: ContextHandle;
  beforeEach(async () => {
    const binding = loadBinding();
    const { handle } = await binding.acquireCredentialsHandle('leg SEC_E_OK', 'Scripted', 3, undefined);
    if (handle === undefined) throw new Error('no credential');
    credential = handle;
    context = binding.createContext(credential);
    const { status } = await binding.acceptSecurityContext(context, 0, everyone, undefined, 100, false, []);
    expect(status).toBe(0);
  });
  afterEach(async () => {
    await loadBinding().deleteSecurityContext(context);
    await loadBinding().freeCredentialsHandle(credential);
  });
  keepsTheRules(); // its hook runs after the one above

  const good = (form: Form): unknown => {
    const values: Readonly<Record<Form, unknown>> = {
      text: 'Scripted',
      'optional text': 'Scripted',
      number: 3,
      boolean: false,
      'optional boolean': false,
      'optional bytes': new Uint8Array(8),
      memory: new Uint8Array(64),
      layout: Uint32Array.of(2, 0, 32, 1, 32, 32, 0),
      numbers: [0],
      texts: ['Everyone'],
      identity: undefined,
      identifier: everyone,
      identifiers: [everyone],
      function: () => 1,
      credential,
      context,
      'optional context': context,
    };
    return values[form];
  };

  /** Values, and the parameters that take them. */
  const values = (): readonly (readonly [string, unknown, readonly Form[]])[] => {
    const optional = ['optional text', 'optional bytes', 'optional boolean'] as const;
    return [
      ['undefined', undefined, [...optional, 'identity', 'optional context']],
      ['null', null, optional],
      ['a string', 'S-1-1-0', ['text', 'optional text']],
      ['a number', 5, ['number']],
      ['a boolean', true, ['boolean', 'optional boolean']],
      ['a bigint', 5n, []],
      ['a symbol', Symbol('x'), []],
      ['an object', {}, ['identity']],
      ['a function', () => 1, ['function', 'identity']],
      ['a promise', Promise.resolve(context), ['identity']],
      ['a proxy of a handle', new Proxy(context, {}), ['identity']],
      ['an empty array', [], ['identity', 'numbers', 'texts', 'identifiers']],
      ['an array of undefined', [undefined], ['identity']],
      ['an array of numbers', [5], ['identity', 'numbers']],
      ['an array of strings', ['x'], ['identity', 'texts']],
      ['an array with a good entry and a bad one', [everyone, {}], ['identity']],
      ['an array of four thousand million holes', new Array(2 ** 32 - 1), ['identity']],
      ['an array whose entry throws', throwingArray(), ['identity']],
      ['a Uint8Array', new Uint8Array(64), ['identity', 'memory', 'optional bytes']],
      ['a Uint8ClampedArray', new Uint8ClampedArray(64), ['identity']],
      ['a Uint32Array', Uint32Array.of(0, 0, 0, 0), ['identity', 'layout']],
      ['a Uint32Array that is no layout', new Uint32Array(2), ['identity']],
      ['a layout beyond the memory', Uint32Array.of(1, 65, 1, 0), ['identity']],
      ['an Int32Array', new Int32Array(4), ['identity']],
      ['a DataView', new DataView(new ArrayBuffer(4)), ['identity']],
      ['an ArrayBuffer', new ArrayBuffer(4), ['identity']],
      ['a credential', credential, ['identity', 'credential']],
      ['a context', context, ['identity', 'context', 'optional context']],
      ['a credential as another environment gets it', structuredClone(credential), ['identity']],
      ['a context as another environment gets it', structuredClone(context), ['identity']],
      ['an identity whose user is a number', { user: 5 }, []],
      ['an identity whose password is an object', { user: 'alice', password: {} }, []],
      ['an identity whose package list is an array', { packageList: ['NTLM'] }, []],
    ].map(([name, value, forms]) => [name as string, value, forms as readonly Form[]]);
  };

  test.each(Object.entries(parameters))('%s', async (name, forms) => {
    const binding = loadBinding() as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
    const before = liveCounts();
    const callsBefore = (await readJournal()).total;
    for (const [place, form] of forms.entries()) {
      for (const [what, value, takers] of values()) {
        if (takers.includes(form)) continue;
        const args = forms.map((each, i) => (i === place ? value : good(each)));
        const error = thrown(() => binding[name]?.(...args));
        const expected = what.includes('throws') && isList(form) ? { message: 'of the entry' } : refusal;
        expect({ place, form, what, code: error.code, message: error.message }).toMatchObject(expected);
      }
    }
    expect(liveCounts()).toEqual(before);
    expect((await readJournal()).total).toBe(callsBefore);
  });
});

const refusal = { code: expect.stringMatching(/^ERR_SSPI_(INVALID_ARGUMENT|OUT_OF_RESOURCES)$/) as string };

const isList = (form: Form): boolean => ['numbers', 'texts', 'identifiers'].includes(form);

function throwingArray(): unknown[] {
  return Object.defineProperty([1], 0, {
    get: () => {
      throw new Error('of the entry');
    },
  });
}
