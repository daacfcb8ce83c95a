// Services: one file per area; functions of a lab and one input, plain data out.
export { compareRuns, statisticOf, type Group, type Statistic } from './compare.ts';
export { enqueueRuns, forkRun, type Enqueued, type EnqueueInput } from './enqueue.ts';
export { exportBundle, exportRun, importBundle } from './exports.ts';
export { openLab, settingsSchema, type Lab, type Settings } from './lab.ts';
export { editRun, endRun, findRun, isResting, listRunSummaries, metricOf, notesOf, purgeRuns, reorderRun, restoreRun, resumeRun, showRun, trashRun } from './runs.ts';
