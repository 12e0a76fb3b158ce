// @ts-check
import a11y from 'eslint-plugin-jsx-a11y';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist', 'build/sw-template.js'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, a11y.flatConfigs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      // Numbers in texts are meant.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `request<void>` is an answer without a body.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_' }],
      // What comes from the hub or a device is JSON: a type says what it should be, not what it is.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // It does not see that Preact's types of an input are a union by the input's type.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // A field that a person asked for by opening it has the focus at once.
      'jsx-a11y/no-autofocus': 'off',
      // The rules know HTML's elements only; Preact writes `class` and `onInput`, and a control may be a component.
      'jsx-a11y/label-has-associated-control': ['error', { assert: 'either', depth: 3 }],
    },
  },
);
