// Runs: directories, journals, ingest, queue and supervision.
export { createRunDirectory, damagedRun, newRunId, pathsIn, readRunDocument, runPaths, writeRunDocument, type RunPaths } from './directory/document.ts';
export { fileError, makeFolder, moveDurably, syncFile, syncFolder, syncTree, writeFileAtomically } from './directory/files.ts';
export { openHome, type Home } from './directory/home.ts';
export { JournalWriter, readCuts, readJournal } from './directory/journal.ts';
export { isRegularFile, readJson, readRegular, regularFile } from './directory/regular.ts';
export { holdLock, isAlive, lockOwner, self, startTime, takeLock } from './directory/lock.ts';
export { createIngest, type Ingest } from './ingest/ingest.ts';
export { describeUnstarted, openStore, rebuildByHand } from './ingest/open.ts';
export { enterFolder, rebuildStore, type Rebuilt } from './ingest/rebuild.ts';
export { verifyRuns, type Verification, type VerifiedRun } from './ingest/verify.ts';
export { Host, type HostOptions } from './host/host.ts';
export { trainerMain, type TrainerProgram } from './host/launch.ts';
export { recoverRuns, takeBack } from './host/recover.ts';
