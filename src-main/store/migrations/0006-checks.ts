// Migration 6: what damage is found by. Checksums of rows, sums over rows, and the files that a run's row was read from. Frozen.

/** All columns that a run's checksum covers: not its revision, and not what is checked by other means. */
const covered = ['id', 'name', 'state', 'reason', 'desired', 'position', 'created_at', 'started_at', 'ended_at', 'document', 'sweep_id', 'engine', 'environment', 'dataset', 'step', 'total_steps',
  'pid', 'pid_started', 'journal_offset', 'journal_cuts', 'trashed_at', 'session_at', 'pauses', 'digests'];
/** What state.json and run.json hold of a run. */
const written = ['name', 'state', 'reason', 'desired', 'position', 'started_at', 'ended_at', 'document', 'pid', 'pid_started', 'trashed_at'];

const seal = `UPDATE runs SET checksum = run_checksum(${covered.map((column) => `NEW.${column}`).join(', ')}) WHERE id = NEW.id;`;

export const migration0006 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
ALTER TABLE runs ADD COLUMN files TEXT;
ALTER TABLE runs ADD COLUMN digests TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN checksum INTEGER;
ALTER TABLE series ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN checksum INTEGER;
CREATE TRIGGER run_sealed_first AFTER INSERT ON runs BEGIN
  ${seal}
  SELECT note_change(NEW.id);
END;
CREATE TRIGGER run_sealed AFTER UPDATE OF ${covered.join(', ')} ON runs BEGIN
  ${seal}
END;
CREATE TRIGGER run_state_changed AFTER UPDATE OF ${written.join(', ')} ON runs
WHEN ${written.map((column) => `OLD.${column} IS NOT NEW.${column}`).join(' OR ')} BEGIN
  UPDATE runs SET files = NULL WHERE id = NEW.id;
  SELECT note_change(NEW.id);
END;
`;
