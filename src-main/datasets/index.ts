// The public face of #datasets: what other folders may use.
export { datasetDirectory } from './cache/paths.ts';
export { readManifest } from './cache/manifest.ts';
