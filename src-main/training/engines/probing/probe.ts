// Tries candidates, each in a child process, and remembers the results in the engines' folder, so that a run does not wait for them.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Candidate, CandidateProbe, EnginesFolder } from '../candidates.ts';
import { factsOf } from './facts.ts';
import { runChild } from './runChild.ts';

const program = fileURLToPath(new URL('./child.ts', import.meta.url));
/** The first start of a GPU's driver, or the first compilation of the kernels, takes its time. */
const timeoutMs = 150_000;
/** So long the result of a try that failed is believed: what it met may have passed, as a GPU's memory that another program filled. */
const believedMs = 600_000;

const probeSchema = z.object({ usable: z.boolean(), reason: z.string(), device: z.string().nullable(), devices: z.array(z.string()).optional(), gpu: z.boolean(), software: z.boolean().optional() });
const cacheSchema = z.object({ format: z.literal(1), probes: z.record(z.string(), z.object({ facts: z.string(), at: z.string(), probe: probeSchema })) });
type Cache = z.infer<typeof cacheSchema>;

const cacheFile = (engines: string): string => join(engines, 'probe.json');

function readCache(engines: EnginesFolder): Cache {
  try {
    if (engines !== null) return cacheSchema.parse(JSON.parse(readFileSync(cacheFile(engines), 'utf8')));
  } catch {
    // none yet, or of another version: everything is tried anew
  }
  return { format: 1, probes: {} };
}

/** A folder that cannot be written costs the next run a try, no more. */
function remember(engines: string, name: string, entry: Cache['probes'][string]): void {
  const temporary = `${cacheFile(engines)}.${process.pid}`;
  try {
    mkdirSync(engines, { recursive: true, mode: 0o700 });
    const cache = readCache(engines);
    writeFileSync(temporary, JSON.stringify({ ...cache, probes: { ...cache.probes, [name]: entry } } satisfies Cache, null, 2));
    renameSync(temporary, cacheFile(engines));
  } catch {
    // as above
  }
}

async function tryIt(candidate: Candidate, engines: EnginesFolder): Promise<CandidateProbe> {
  const outcome = await runChild({ program, request: { name: candidate.name, engines }, timeoutMs });
  const parsed = 'answer' in outcome ? probeSchema.safeParse(outcome.answer) : null;
  if (parsed?.success) return parsed.data;
  return { usable: false, device: null, gpu: false, reason: 'failure' in outcome ? outcome.failure : 'The process that tried it gave no answer that can be understood.' };
}

/** What an earlier try of the candidate has found; null where it must be tried. */
export function knownProbe({ name }: Candidate, engines: EnginesFolder): CandidateProbe | null {
  const known = readCache(engines).probes[name];
  const isCurrent = known?.facts === factsOf(name, engines) && (known.probe.usable || Math.abs(Date.now() - Date.parse(known.at)) < believedMs);
  if (!isCurrent) return null;
  return known.probe.usable ? known.probe : { ...known.probe, reason: `${known.probe.reason} (Tried at ${known.at.slice(11, 16)} UTC; "vsgd-lab engines check" tries it again.)` };
}

/** What a try of the candidate has found: remembered, or (`fresh`, under other facts, or when it failed some time ago) found out now. */
export async function probeCandidate(candidate: Candidate, { engines, fresh = false }: { engines: EnginesFolder; fresh?: boolean }): Promise<CandidateProbe> {
  const facts = factsOf(candidate.name, engines);
  const known = fresh ? null : knownProbe(candidate, engines);
  if (known) return known;
  const probe = await tryIt(candidate, engines);
  if (engines !== null) remember(engines, candidate.name, { facts, at: new Date().toISOString(), probe });
  return probe;
}
