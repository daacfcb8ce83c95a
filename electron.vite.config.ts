// Builds the desktop app: the list of inputs is the list of its processes and workers. The main part keeps one file per source, so that
// paths between files are those of the checkout: dist/ stands where src-main/ stands.
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'electron-vite';
import { rendererConfig } from './scripts/build.ts';

const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Every program that is started by its path. */
const programs = {
  main: 'src-main/electron/main.ts',
  cli: 'src-main/cli/main.ts',
  trainer: 'src-main/runs/trainer/main.ts',
  watchdog: 'src-main/runs/trainer/watchdog.ts',
  batches: 'src-main/datasets/pipeline/worker.ts',
  decoder: 'src-main/datasets/pictures/decodeChild.ts',
  rasterizer: 'src-main/figures/rasterizeChild.ts',
  kernels: 'src-main/training/engines/wasmThreads/worker.ts',
  probe: 'src-main/training/engines/probing/child.ts',
  measure: 'src-main/training/measure/child.ts',
  tensorflow: 'src-main/training/engines/tensorflow/probeChild.ts',
  webgpu: 'src-main/training/engines/probing/webgpuProgram.ts',
};

/** Programs name each other by `new URL('./x.ts', import.meta.url)`; after the build they end in .js. The kernels' sources are compiled where they run. */
const asPrograms = {
  name: 'as-programs',
  renderChunk: (code: string) => code.replaceAll(/new URL\((["'])([^"']+)\.ts\1, import\.meta\.url\)/g, 'new URL("$2.js", import.meta.url)'),
  closeBundle: () => cpSync(place('src-main/training/engines/wasmAssembly'), place('dist/training/engines/wasmAssembly'), { recursive: true }),
};

export default defineConfig({
  main: {
    plugins: [asPrograms],
    build: {
      outDir: place('dist'), emptyOutDir: true, minify: false, target: 'node24', externalizeDeps: true, lib: { entry: Object.values(programs).map(place), formats: ['es'] },
      rollupOptions: { input: Object.values(programs).map(place), output: { format: 'es', preserveModules: true, preserveModulesRoot: place('src-main'), entryFileNames: '[name].js' } },
    },
  },
  preload: {
    build: { outDir: place('out/preload'), emptyOutDir: true, lib: { entry: place('src-main/electron/preload.ts'), formats: ['cjs'] }, rollupOptions: { input: { preload: place('src-main/electron/preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } } },
  },
  renderer: { ...rendererConfig, build: { ...rendererConfig.build, rolldownOptions: { ...rendererConfig.build?.rolldownOptions, input: place('src-renderer/index.html') } } },
});
