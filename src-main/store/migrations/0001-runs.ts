// Migration 1: runs, series, metrics, histograms, checkpoints, notes. Frozen: later changes get files of their own.

export const migration0001 = `
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  desired TEXT NOT NULL,
  position REAL NOT NULL,
  created_at TEXT NOT NULL,
  started_at TEXT,
  ended_at TEXT,
  document TEXT NOT NULL,
  sweep_id TEXT,
  engine TEXT,
  environment TEXT,
  dataset TEXT,
  step INTEGER NOT NULL DEFAULT 0,
  total_steps INTEGER,
  pid INTEGER,
  pid_started TEXT,
  journal_offset INTEGER NOT NULL DEFAULT 0,
  journal_cuts INTEGER NOT NULL DEFAULT 0,
  trashed_at TEXT
) STRICT;
CREATE INDEX runs_by_state ON runs (state, position);
CREATE INDEX runs_by_sweep ON runs (sweep_id);
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 0,
  last REAL,
  last_step INTEGER NOT NULL DEFAULT 0,
  min REAL,
  min_step INTEGER,
  max REAL,
  max_step INTEGER,
  UNIQUE (run_id, key)
) STRICT;
CREATE TABLE metrics (
  series_id INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  time REAL NOT NULL,
  value REAL,
  PRIMARY KEY (series_id, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE histograms (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  offset INTEGER NOT NULL,
  name TEXT NOT NULL,
  step INTEGER NOT NULL,
  edges TEXT NOT NULL,
  counts TEXT NOT NULL,
  PRIMARY KEY (run_id, offset)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  offset INTEGER NOT NULL,
  step INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (run_id, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE notes (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  offset INTEGER NOT NULL,
  step INTEGER NOT NULL,
  time REAL NOT NULL,
  level TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (run_id, offset)
) STRICT, WITHOUT ROWID;
CREATE TABLE tags (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (run_id, tag)
) STRICT, WITHOUT ROWID;
`;
