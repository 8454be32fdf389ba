import lit from 'eslint-plugin-lit';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const UNSAFE_HTML = {
  selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]',
  message: 'Text reaches the page through Lit bindings or textContent only.',
};
const NON_DETERMINISM = [
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Random numbers come from src/core/rng.ts, so that a run can be repeated.',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Times are passed in, so that a run can be repeated.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Times are passed in, so that a run can be repeated.',
  },
];

export default defineConfig(
  { ignores: ['dist/', 'bench/dist/', 'out/', 'wasm/', 'node_modules/', '.cache/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.strict],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-syntax': ['error', UNSAFE_HTML],
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/{compute,nn,merge,rec,io,store,lab,charts}/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', UNSAFE_HTML, ...NON_DETERMINISM] },
  },
  {
    // Reference twins are loops over typed arrays whose indices the loop bounds prove.
    files: ['src/nn/ops/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['src/{ui,charts}/**/*.ts'], extends: [lit.configs['flat/recommended']] },
  {
    files: ['src/{ui,charts}/**/*.ts'],
    ignores: ['src/charts/html.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          name: 'lit',
          importNames: ['html', 'svg'],
          message:
            'Take them from src/charts/html.ts: names of others are shown with nothing unseen.',
        },
      ],
    },
  },
);
