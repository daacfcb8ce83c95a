// The store: SQLite, and nothing else. The run directories are the truth; this is their index.
export { type SqliteDatabase } from './connection.ts';
export { damaged, isSqliteError, storeError } from './damage.ts';
export { openDatabase, openMemory } from './database.ts';
export { listHistograms, type StoredHistogram } from './histograms.ts';
export { eachLayers, layersAt, listQuantiles, type StoredLayers, type StoredQuantiles } from './layers.ts';
export { createAppender, cutBack, listSeries, valuesAt, type MetricRow } from './metrics.ts';
export { medianOf, secondsPerStep } from './pace.ts';
export {
  deleteRun, getRun, insertRun, listCheckpoints, listNotes, listRuns, nextQueued, reorder, requeue, setDesired, setState, settleQueued, setTrashed,
  toRunDetail, toRunSummary, updateDocument, type RunFilter, type RunRow,
} from './runs.ts';
export { checkSeries, readSeries } from './series.ts';
export { actualDigests, addToPart, checkOnce, summaries, sumParts, type RunDigests } from './summaries.ts';
export { checkTransition } from './transitions.ts';
export { changesSince, revisionOf, viewRuns, type Revision } from './views.ts';
