// The layers of docs/architecture.md: a folder of src-main imports only from those before it. Deny by default.
const order = ['contract', 'config', 'training', 'datasets', 'installer', 'store', 'runs', 'figures', 'services', 'router', 'server', 'cli', 'electron'];
const folder = (name) => `^src-main/${name}/`;
const later = order.map((name, index) => ({
  name: `${name}-looks-down`,
  comment: `${name}/ imports only from ${order.slice(0, index).join(', ') || 'nothing of ours'} (docs/architecture.md): data goes down by calls, up by events.`,
  severity: 'error',
  from: { path: folder(name) },
  to: { path: order.slice(index + 1).map(folder).join('|') || '^$' },
}));

module.exports = {
  forbidden: [
    ...later,
    { name: 'no-circular', comment: 'A cycle has no beginning to read from.', severity: 'error', from: {}, to: { circular: true } },
    { name: 'contract-is-pure', comment: 'The contract is shared with the renderer: no Node, no DOM, only zod.', severity: 'error', from: { path: folder('contract') }, to: { pathNot: [folder('contract'), 'node_modules/zod'] } },
    { name: 'training-knows-tensors-only', comment: 'training/ knows tfjs and the contract; config, data and files are the trainer\'s concern.', severity: 'error', from: { path: folder('training') }, to: { path: ['config', 'datasets', 'store', 'runs'].map(folder) } },
    { name: 'datasets-know-contract-only', comment: 'datasets/ must run without tensors.', severity: 'error', from: { path: folder('datasets') }, to: { path: ['config', 'training'].map(folder) } },
    { name: 'installer-knows-downloads-and-bindings', comment: 'Of training/ the installer needs how engines are found, built and tried; never a tensor.', severity: 'error', from: { path: folder('installer') }, to: { path: ['config'].map(folder) } },
    { name: 'store-knows-contract-only', comment: 'The store is SQLite and nothing else.', severity: 'error', from: { path: folder('store') }, to: { path: ['config', 'training', 'datasets'].map(folder) } },
    { name: 'one-join', comment: 'Only runs/trainer joins training and datasets.', severity: 'error', from: { path: folder('runs'), pathNot: '^src-main/runs/trainer/' }, to: { path: ['training', 'datasets'].map(folder) } },
    { name: 'trainer-without-database', comment: 'A trainer never opens the database: the run directory is the truth.', severity: 'error', from: { path: '^src-main/runs/trainer/' }, to: { path: ['store'].map(folder) } },
    { name: 'renderer-knows-the-contract', comment: 'The interface knows the contract, and in client/ the router\'s type: everything else comes over the wire.', severity: 'error', from: { path: '^src-renderer/', pathNot: '^src-renderer/client/' }, to: { path: '^src-main/', pathNot: folder('contract') } },
    { name: 'client-knows-types', comment: 'Only the router\'s type may be taken from the core.', severity: 'error', from: { path: '^src-renderer/client/' }, to: { path: '^src-main/', pathNot: [folder('contract'), folder('router')], dependencyTypesNot: ['type-only'] } },
    { name: 'sources-do-not-import-tests', severity: 'error', comment: 'Tests look at sources, never the other way.', from: { path: '^src-main/' }, to: { path: '^(test|bench|scripts)/' } },
    { name: 'known-dependencies', severity: 'error', comment: 'A package must be in package.json.', from: { path: '^src-main/' }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev', 'unknown', 'undetermined'], pathNot: 'node_modules/electron/' } },
    { name: 'sharp-in-children-only', severity: 'error', comment: 'libvips crashes Electron\'s main process on Linux: images are decoded and drawn in a child process.', from: { path: '^src-main/', pathNot: 'Child\\.ts$' }, to: { path: 'node_modules/(sharp|@img)/' } },
    { name: 'children-are-programs', severity: 'error', comment: 'A child\'s program is started by its path; only its types may be imported.', from: { path: '^src-main/' }, to: { path: '(decode|rasterize)Child\\.ts$', dependencyTypesNot: ['type-only'] } },
    { name: 'dawn-on-demand', severity: 'error', comment: 'Without a loadable Dawn everything but webgpu works: import it where a GPU is opened.', from: { path: '^src-main/' }, to: { path: 'node_modules/webgpu/', dependencyTypesNot: ['dynamic-import', 'type-only'] } },
    { name: 'electron-stays-in-its-folder', severity: 'error', comment: 'Only src-main/electron knows Electron; deleting it leaves everything else whole.', from: { path: '^src-(main|renderer)/', pathNot: folder('electron') }, to: { path: 'node_modules/electron/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'wasmAssembly' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'], mainFields: ['module', 'main'] },
  },
};
