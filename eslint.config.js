import lit from 'eslint-plugin-lit';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/*
 * What is this project's own: syntax that it refuses, and templates of Lit. The rules that know types stand in
 * `.oxlintrc.json`: the same rules, which oxlint looks at in a tenth of the time.
 */
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
    languageOptions: { parser: tseslint.parser },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { 'no-restricted-syntax': ['error', UNSAFE_HTML] },
  },
  {
    files: ['src/{compute,nn,merge,rec,io,store,lab,charts}/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', UNSAFE_HTML, ...NON_DETERMINISM] },
  },
  { files: ['src/{ui,charts}/**/*.ts'], extends: [lit.configs['flat/recommended']] },
  {
    files: ['src/{ui,charts}/**/*.ts'],
    ignores: ['src/charts/html.ts'],
    rules: {
      'no-restricted-imports': [
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
