// Migration 5: the spans between a run's sessions, as a JSON list of [from, to] (Unix time in milliseconds), so that times leave them out. Frozen.

export const migration0005 = `
ALTER TABLE runs ADD COLUMN pauses TEXT NOT NULL DEFAULT '[]';
`;
