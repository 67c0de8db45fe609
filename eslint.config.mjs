import js from '@eslint/js';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['dist/', 'dist-test/', 'build/', 'prebuilds/', '.lab/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts', '**/*.cts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Numbers of bytes and statuses in messages read best as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `return this.#fail(…)` from a function that returns nothing says "and that is all".
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A guarantee that the types cannot express is checked by a test, not by a branch that never runs.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // The public API checks what JavaScript callers pass, whatever the types say.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // An interface may ask for a promise where this implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // What a caller's own code throws or rejects with passes through as it is.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // Parts of the package are loaded by the first call that needs them: see docs/decisions.
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    },
  },
  {
    files: ['test/**'],
    rules: {
      // jest's matchers are `any`, and bad input is what these files are about.
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'setTimeout',
          'clearTimeout',
          'setImmediate',
          'performance',
          'AbortController',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.js', '**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
  },
  {
    files: ['**/*.jest.test.cjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['require', 'module', 'test', 'expect', 'beforeEach', 'afterEach'].map((name) => [name, 'readonly']),
      ),
    },
  },
);
