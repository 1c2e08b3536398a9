import { defineConfig } from 'oxlint'
import { bannedGlobals, bannedProperties, machineRooms } from './ci/lint/injected.ts'

/** Every rule is proved by a bad snippet in ci/lint/rules.self.test.ts. */
export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'vitest', 'promise'],
  jsPlugins: ['./ci/lint/plugin.ts'],
  ignorePatterns: ['**/node_modules/**', '.evidence/**', '**/generated/**', 'k6/extensions/**/*.js'],
  categories: { correctness: 'error' },
  rules: {
    'house/rooms': 'error',
    'house/injected': 'error',
    'house/no-barrel': 'error',
    'house/explained-assertion': 'error',
    'no-restricted-globals': ['error', { globals: bannedGlobals, checkGlobalObject: true }],
    'no-restricted-properties': ['error', ...bannedProperties],

    'typescript/no-explicit-any': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
    'typescript/await-thenable': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/no-non-null-assertion': 'error',

    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'no-var': 'error',
    'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
    'no-unused-vars': [
      'error',
      { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
    ],
    'max-lines': ['error', { max: 400 }],
    'max-lines-per-function': ['error', { max: 70 }],
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'import/no-default-export': 'error',
    'import/no-cycle': 'error',
    'vitest/no-focused-tests': 'error',
    'vitest/expect-expect': 'off',
    // Loops over cases expect on some branches; what stays unawaited is no-floating-promises' affair.
    'vitest/no-conditional-expect': 'off',
    'vitest/require-awaited-expect-poll': 'off',
    'vitest/valid-title': 'off',
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/no-disabled-tests': 'error',
  },
  overrides: [
    { files: ['sla.config.ts'], rules: { 'max-lines': 'off' } },
    {
      // Tools and the target contract demand a default export here, and nowhere else.
      files: [
        '*.config.ts',
        'ci/lint/plugin.ts',
        'ci/run/stray-errors.ts',
        '**/target.ts',
        'docs/**/*.ts',
        'k6/scenarios/**',
      ],
      rules: { 'import/no-default-export': 'off' },
    },
    {
      files: ['**/*.self.test.ts'],
      rules: {
        'vitest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', '**.expect*', 'fc.assert'] }],
        'typescript/no-non-null-assertion': 'off',
        // A wrong guess about foreign data fails the test that makes it.
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-call': 'off',
        'typescript/no-unsafe-return': 'off',
      },
    },
    {
      // Plain JavaScript, so that an old Node can still run it and say what is missing: no types to check.
      files: ['**/*.mjs'],
      rules: {
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-call': 'off',
        'typescript/no-unsafe-return': 'off',
      },
    },
    // A body is text or bytes in k6's types; its messages show whichever it is.
    { files: ['k6/**'], rules: { 'typescript/no-base-to-string': 'off' } },
    {
      files: [...machineRooms],
      rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'house/injected': 'off' },
    },
  ],
})
