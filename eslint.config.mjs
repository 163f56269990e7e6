import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

// Who may import whom. Nothing imports an app; `data` and `ops` stand on their own.
const arrows = {
  'package:ops': [],
  'package:norm': ['package:ops'],
  'package:models': ['package:ops', 'package:norm'],
  'package:data': [],
  'package:runtime': ['package:ops'],
  'package:training': ['package:ops', 'package:runtime'],
  'package:adaptation': ['package:ops', 'package:norm', 'package:training'],
  'app:segmentation': [
    'package:ops',
    'package:norm',
    'package:models',
    'package:data',
    'package:runtime',
    'package:training',
  ],
  'app:adaptation': [
    'package:ops',
    'package:norm',
    'package:models',
    'package:data',
    'package:runtime',
    'package:training',
    'package:adaptation',
  ],
  'app:classification': [
    'package:ops',
    'package:norm',
    'package:models',
    'package:data',
    'package:runtime',
    'package:training',
  ],
  'test-support': [],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', 'runs/**', 'data/**'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Without it, `import { type X } from './x.ts'` would load x.js at run time.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['packages/**/*.ts', 'apps/**/*.ts', 'test/support/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: Object.entries(arrows).map(([sourceTag, targets]) => ({
            sourceTag,
            onlyDependOnLibsWithTags: [...targets, 'test-support'],
          })),
        },
      ],
    },
  },
  {
    // Pure packages run in the browser too: no Node API.
    files: ['packages/{ops,norm,models}/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['node:*', 'fs', 'path'] }] },
  },
);
