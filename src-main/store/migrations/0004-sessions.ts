// Migration 4: when a run's trainer last began (Unix time in milliseconds), so that a rate leaves pauses out. Frozen.

export const migration0004 = `
ALTER TABLE runs ADD COLUMN session_at REAL;
`;
