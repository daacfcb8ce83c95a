// The public face of #datasets: what other folders may use.
export { unpackPlainTar } from './archives/plainTar.ts';
export { openZip, type ZipArchive, type ZipEntry } from './archives/zip.ts';
export { ensureSpace } from './cache/writer.ts';
export { drain } from './download/drain.ts';
export { downloadFile } from './download/download.ts';
export { ask } from './download/request.ts';
export { datasetDirectory } from './cache/paths.ts';
export { readManifest } from './cache/manifest.ts';
export { removeDataset, verifyDataset } from './cache/verify.ts';
export { catalog, cacheBytes, downloadBytes, type CatalogEntry, type CatalogFile } from './catalog/catalog.ts';
export { listDatasets } from './catalog/list.ts';
export { type SkippedFile } from './formats/imageFolder.ts';
export { paintShape, shapeClasses, type ShapesOptions } from './formats/shapes.ts';
export { defaultShapes, generateShapes, shapesName } from './install/generate.ts';
export { checkMirror, importDataset, installDataset, type ImportOptions, type ImportResult, type InstallOptions } from './install/install.ts';
export { installedName, openLoader, shapesOptions, type LoaderOptions } from './pipeline/loader.ts';
export { recipeOf, type Recipe } from './pipeline/recipes.ts';
export { previewAugmented } from './pipeline/render.ts';
