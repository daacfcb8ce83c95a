// Migration 3: quantiles of the optimizer's measures, over all elements (total) and tensor by tensor (layers), as JSON. Frozen.

export const migration0003 = `
CREATE TABLE layers (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  offset INTEGER NOT NULL,
  step INTEGER NOT NULL,
  total TEXT NOT NULL,
  layers TEXT NOT NULL,
  PRIMARY KEY (run_id, offset)
) STRICT, WITHOUT ROWID;
`;
