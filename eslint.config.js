// The limits of style.md section 6 and the habits that a linter can check. Layers are dependency-cruiser's concern.
import tseslint from 'typescript-eslint';

const everywhere = [
  { selector: 'ExportDefaultDeclaration', message: 'Name what you export (style.md 3.5).' },
  { selector: 'ThrowStatement > Literal, ThrowStatement > TemplateLiteral', message: 'Throw a LabError, not a string.' },
];

export default tseslint.config(
  { ignores: ['node_modules', '.cache', 'out', 'dist', 'src-main/training/engines/wasmAssembly'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'max-params': ['error', 3],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...everywhere],
      'no-restricted-imports': ['error', { patterns: [{ group: ['../../*'], message: 'Go through the folder\'s package import (#contract, #training, …).' }] }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
    },
  },
  // Tests may import what they test by its path, and a describe block is as long as its subject.
  { files: ['test/**/*.ts', 'bench/**/*.ts'], rules: { 'max-lines-per-function': 'off', 'no-restricted-imports': 'off' } },
  { files: ['src-main/cli/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['src-main/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...everywhere,
        { selector: "CallExpression[callee.name=/^(spawn|spawnSync|fork|execFile|execFileSync)$/]:not(:has(Property[key.name='env'] > CallExpression[callee.name='childEnvironment']))", message: 'Start a process with env: childEnvironment(process.env, …): Node copies what a prototype holds into a child\'s environment.' },
        { selector: "NewExpression[callee.name='Worker']:not(:has(CallExpression[callee.name='ownOptions']))", message: 'Start a thread with ownOptions({ … }): Node reads its options through their prototype.' },
      ],
    },
  },
  { files: ['src-renderer/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' }, extends: [tseslint.configs.disableTypeChecked] },
);
