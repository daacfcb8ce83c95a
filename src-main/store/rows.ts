// Rows of the database as they are read.
import type { DesiredState, RunState } from '#contract';

export type RunRow = {
  id: string; name: string; state: RunState; reason: string | null; desired: DesiredState; position: number;
  created_at: string; started_at: string | null; ended_at: string | null; document: string; sweep_id: string | null;
  engine: string | null; environment: string | null; dataset: string | null; step: number; total_steps: number | null;
  pid: number | null; pid_started: string | null; journal_offset: number; journal_cuts: number; trashed_at: string | null;
  revision: number; session_at: number | null; pauses: string; files: string | null; digests: string; checksum: number | null;
};
