// Services: one file per area; functions of a lab and one input, plain data out.
export { changesAfter, currentCursor, packPosition, unpackPosition, watchChanges, type Position, type WatchedSeries } from './changes.ts';
export { checkComparison, comparisonTable, describeUnfinished, figureData, getComparison, listComparisons, makeFigure, makeFiles, makeTable, presentRuns, removeComparison, saveComparison } from './comparison/index.ts';
export { composeView, describeConfiguration, schedulePreview, type ComposedView, type ComposeFault, type ComposeInput } from './configuration.ts';
export { composeWithData, needsData } from './datasets/facts.ts';
export { datasetDisk, discardDownload, type DatasetDisk } from './datasets/disk.ts';
export { curveKeys, decimatedCurve, histogramsOf, layersOf, metricAt, quantilesOf, rowsAfter, type Decimated, type Histograms, type QuantileRows } from './curves.ts';
export { filterViews, isFilter, selectRuns } from './select.ts';
export { checkRun, stepsOf } from './enqueue/check.ts';
export { configurationOf, enqueueRuns, retryRun, type Enqueued, type EnqueueInput } from './enqueue/enqueue.ts';
export { forkRun, type ForkChanges } from './enqueue/fork.ts';
export { estimateRuns, type Estimate } from './estimate.ts';
export { listPresets, removePreset, savePreset, type Preset } from './presets.ts';
export { checkExportFolder, exportBundle, exportRun, importBundle, metricsCsv } from './exports.ts';
export { keepHosting } from './hosting.ts';
export { largestUpload } from './datasets/uploads.ts';
export { readBenchmark, runBenchmark } from './engines/benchmark.ts';
export { discardInstallation, installEngine, removeEngine } from './engines/install.ts';
export { EngineJobs, type EngineOverview, type EngineRow } from './engines/jobs.ts';
export { DatasetJobs, type ImportInput } from './datasets/jobs.ts';
export { changeSettings, openLab, rebuildLab, settingsSchema, verifyLab, type Lab, type Settings } from './lab.ts';
export { augmentedPictures, describeDataset, samplePictures, type AugmentedPair, type DatasetPage, type Samples, type SamplesInput } from './datasets/pictures.ts';
export {
  askToEnd, editRun, environmentOf, evaluationOf, endRun, findRun, entryOfRun, listRunSummaries, listRunViews, logTail, metricOf, moveInQueue, moveToFront, notesOf, purgeRuns, restoreRun, resumeRun, runFolder, showRun, showRunView, trashRun,
  type RunListing,
} from './runs.ts';
