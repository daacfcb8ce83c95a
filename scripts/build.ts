// Builds the interface into out/renderer, where `vsgd-lab serve` takes it from.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';

const place = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The interface for Vite. Styles go into files and nothing is inlined: the page's policy allows neither scripts nor styles within it. */
export const rendererConfig: InlineConfig = {
  root: place('src-renderer'),
  base: './',
  configFile: false,
  logLevel: 'warn',
  plugins: [svelte({ configFile: false })],
  build: { outDir: place('out/renderer'), emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 900,
    // The contract's modules only define things: what a page does not use of them stays out of it, the schemas with their library above all.
    rolldownOptions: {
      treeshake: { moduleSideEffects: (id) => !id.includes('/src-main/contract/') },
      // What every view stands on is one file: a browser asks for six at a time.
      output: { codeSplitting: { groups: [{ name: 'shared', test: /src-renderer\/(client|elements|state)\/|node_modules\/(svelte|@trpc)\// }] } },
    },
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(rendererConfig);
