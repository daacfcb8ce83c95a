// The host: works off the queue, one slot per device, and brings every run to what is wanted of it. One per home.
import { setTimeout as delay } from 'node:timers/promises';
import { LabError, type RunState } from '#contract';
import { getRun, listRuns, nextQueued, setState, type SqliteDatabase } from '#store';
import { runPaths } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { takeLock } from '../directory/lock.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { launchTrainer, type Trainer } from './launch.ts';
import { recoverRuns } from './recover.ts';

export type HostOptions = { database: SqliteDatabase; home: Home; ingest: Ingest; slots?: number; tickMs?: number; graceMs?: number };
type Active = { trainer: Trainer; asked: 'stop' | 'pause' | null; askedAt: number; dirty: boolean; over: boolean };

const silentAfter = 15;

export class Host {
  readonly #options: Required<HostOptions>;
  readonly #active = new Map<string, Active>();
  #release: (() => void) | null = null;
  #lastTick = performance.now();
  #awakeFor = 0;

  constructor(options: HostOptions) {
    this.#options = { slots: 1, tickMs: 100, graceMs: 60_000, ...options };
  }

  /** Becomes the host of this home; false when another one is. Runs that lost their trainer are marked interrupted. */
  begin(): boolean {
    this.#release = takeLock(this.#options.home.hostLock);
    if (this.#release === null) return false;
    recoverRuns(this.#options);
    return true;
  }

  /** Works until `done` says so; trainers that are still at work are left to `end`. */
  async work(done: () => boolean): Promise<void> {
    while (!done()) {
      this.#tick();
      await delay(this.#options.tickMs);
    }
  }

  /** Ends all trainers (with a checkpoint, or at once) and gives the home free. */
  async end(now = false): Promise<void> {
    for (const active of this.#active.values()) {
      if (now) active.trainer.kill('SIGKILL');
      else active.trainer.send('stop');
    }
    while (this.#active.size > 0) {
      this.#tick();
      await delay(this.#options.tickMs);
    }
    this.#release?.();
  }

  /** Kills every trainer at once, for a second Ctrl-C. */
  killAll(): void {
    for (const { trainer } of this.#active.values()) trainer.kill('SIGKILL');
  }

  #tick(): void {
    const now = performance.now();
    // A gap means that the computer slept; silence is counted only while awake.
    this.#awakeFor = now - this.#lastTick > 5000 ? 0 : this.#awakeFor + now - this.#lastTick;
    this.#lastTick = now;
    for (const [id, active] of this.#active) this.#look(id, active);
    this.#settleQueued();
    while (this.#active.size < this.#options.slots) {
      const next = nextQueued(this.#options.database);
      if (!next) break;
      this.#start(next.id);
    }
  }

  /** Queued runs of which nothing more is wanted. */
  #settleQueued(): void {
    const { database } = this.#options;
    for (const { id, desired } of listRuns(database, { states: ['queued'] })) {
      if (desired !== 'finished') setState(database, id, { state: desired, reason: 'Asked for before it started.' });
    }
  }

  #start(id: string): void {
    const { database, home } = this.#options;
    const active: Active = { trainer: launchTrainer(runPaths(home, id), () => { active.dirty = true; }), asked: null, askedAt: 0, dirty: false, over: false };
    const { trainer } = active;
    setState(database, id, { state: 'starting', pid: trainer.pid, pidStarted: trainer.started });
    this.#active.set(id, active);
    void trainer.ended.then((end) => this.#finish(id, active, end));
  }

  #look(id: string, active: Active): void {
    const { database, ingest, graceMs } = this.#options;
    if (active.dirty) {
      active.dirty = false;
      ingest.ingestRun(id);
    }
    const row = getRun(database, id);
    if (!row || active.over) return;
    if (row.state === 'starting' && row.engine !== null && row.journal_offset > 0) setState(database, id, { state: 'running' });
    if (row.desired !== 'finished' && active.asked === null) this.#ask(id, active, row.desired === 'stopped' ? 'stop' : 'pause');
    if (active.asked !== null && performance.now() - active.askedAt > graceMs) active.trainer.kill('SIGKILL');
    const silence = active.trainer.silence();
    if (silence > silentAfter && this.#awakeFor > silentAfter * 1000) this.#say(id, row.state, `The trainer has not responded for ${Math.round(silence)} s; stop the run to end it.`);
    else if (row.reason?.startsWith('The trainer has not responded')) this.#say(id, row.state, null);
  }

  #say(id: string, state: RunState, reason: string | null): void {
    setState(this.#options.database, id, { state, reason });
  }

  #ask(id: string, active: Active, request: 'stop' | 'pause'): void {
    Object.assign(active, { asked: request, askedAt: performance.now() });
    active.trainer.send(request);
    setState(this.#options.database, id, { state: request === 'stop' ? 'stopping' : 'pausing' });
  }

  #finish(id: string, active: Active, { state, reason }: { state: RunState; reason: string | null }): void {
    const { database, ingest } = this.#options;
    active.over = true;
    try {
      ingest.ingestRun(id);
      const killed = state === 'interrupted' && active.asked === 'stop';
      setState(database, id, { state: killed ? 'stopped' : state, reason, pid: null, pidStarted: null });
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      process.stderr.write(`${error.message}\n`);
    } finally {
      this.#active.delete(id);
    }
  }
}
