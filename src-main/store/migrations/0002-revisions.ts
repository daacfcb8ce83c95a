// Migration 2: every change of a run gets a rising number, so that readers can ask what is new. Frozen.

const bump = 'UPDATE revisions SET last = last + 1;';

export const migration0002 = `
CREATE TABLE revisions (epoch TEXT NOT NULL, last INTEGER NOT NULL) STRICT;
INSERT INTO revisions VALUES (lower(hex(randomblob(8))), 1);
ALTER TABLE runs ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX runs_by_revision ON runs (revision);
CREATE TABLE removed_runs (id TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER run_made AFTER INSERT ON runs BEGIN
  ${bump}
  UPDATE runs SET revision = (SELECT last FROM revisions) WHERE id = NEW.id;
  DELETE FROM removed_runs WHERE id = NEW.id;
END;
CREATE TRIGGER run_changed AFTER UPDATE OF name, state, reason, desired, position, started_at, ended_at, document, engine, environment,
  dataset, step, total_steps, journal_offset, journal_cuts, trashed_at ON runs BEGIN
  ${bump}
  UPDATE runs SET revision = (SELECT last FROM revisions) WHERE id = NEW.id;
END;
CREATE TRIGGER run_removed AFTER DELETE ON runs BEGIN
  ${bump}
  INSERT OR REPLACE INTO removed_runs VALUES (OLD.id, (SELECT last FROM revisions));
END;
`;
