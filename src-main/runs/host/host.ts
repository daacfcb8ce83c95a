// The host: works off the queue, one slot per device, and brings every run to what is wanted of it. One per home.
import { setTimeout as delay } from 'node:timers/promises';
import { toLabError, visibleLines, type RunState } from '#contract';
import { getRun, nextQueued, requeue, settleQueued, setState, storeError, type SqliteDatabase } from '#store';
import type { Home } from '../directory/home.ts';
import { takeLock } from '../directory/lock.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { launchTrainer, type Trainer, type TrainerEnd, type TrainerProgram } from './launch.ts';
import { endedWithHost, recoverRuns } from './recover.ts';

export type HostOptions = { database: SqliteDatabase; home: Home; ingest: Ingest; slots?: () => number; tickMs?: number; graceMs?: number; program?: TrainerProgram };
type Active = { trainer: Trainer; asked: 'stop' | 'pause' | null; askedAt: number; end: TrainerEnd | null };

const silentAfter = 15;
/** How often a run that lost its GPU is started again. */
const mostRestarts = 3;
/** Runs that another host left behind are looked for this often. */
const recoverEveryMs = 2000;

export class Host {
  readonly #options: Required<Omit<HostOptions, 'program'>> & Pick<HostOptions, 'program'>;
  readonly #active = new Map<string, Active>();
  readonly #restarts = new Map<string, number>();
  #release: (() => void) | null = null;
  #lastTick = performance.now();
  #awakeFor = 0;
  #recovered = 0;
  /** What becomes of runs at work that nobody wants ended: 'interrupted', or 'queued' for the next host. Null while the host stays. */
  #leaving: 'interrupted' | 'queued' | null = null;
  #leavingSince = 0;
  #complaint = '';

  constructor(options: HostOptions) {
    this.#options = { slots: () => 1, tickMs: 100, graceMs: 60_000, ...options };
  }

  /** Becomes the host of this home; false when another one is. Runs that lost their trainer are marked interrupted. */
  begin(): boolean {
    this.#release = takeLock(this.#options.home.hostLock);
    if (this.#release === null) return false;
    try {
      recoverRuns(this.#options);
    } catch {
      this.#recovered = -Infinity; // a full disk or a busy store: the first round does it, and says what is wrong
    }
    return true;
  }

  /** Works until `done` says so, and starts no run from then on; trainers that are still at work are left to `end`. */
  async work(done: () => boolean): Promise<void> {
    while (!done()) {
      this.#tick(done);
      await delay(this.#options.tickMs);
    }
  }

  /**
   * Starts no run from now on and ends all trainers with a checkpoint. Runs that nobody asked to end become interrupted, or are first in
   * the queue again: then the next host resumes them. The first call decides.
   */
  leave(fate: 'interrupted' | 'queued'): void {
    if (this.#leaving !== null) return;
    this.#leaving = fate;
    this.#leavingSince = performance.now();
    for (const { trainer, asked } of this.#active.values()) if (asked === null) trainer.send('stop');
  }

  /** Leaves, waits for all trainers to end, and releases the home. */
  async end(fate: 'interrupted' | 'queued' = 'interrupted'): Promise<void> {
    this.leave(fate);
    while (this.#active.size > 0) {
      this.#tick(() => true);
      await delay(this.#options.tickMs);
    }
    this.#release?.();
  }

  /** One round. The store may be busy or its disk full: trainers go on, their journals keep everything, the next round tries again. */
  #tick(done: () => boolean): void {
    try {
      this.#round(done);
      this.#complaint = '';
    } catch (error) {
      const { message } = storeError(error, this.#options.home.database);
      if (message !== this.#complaint) process.stderr.write(`${visibleLines(message)}\n`);
      this.#complaint = message;
    }
  }

  /** `done` is asked between the runs that ended and those that would start: a host whose work is done must not start what it would have to end. */
  #round(done: () => boolean): void {
    const { database, slots } = this.#options;
    const now = performance.now();
    // A gap means that the computer slept; silence is counted only while awake.
    this.#awakeFor = now - this.#lastTick > 5000 ? 0 : this.#awakeFor + now - this.#lastTick;
    this.#lastTick = now;
    for (const [id, active] of this.#active) this.#look(id, active);
    if (now - this.#recovered > recoverEveryMs) {
      this.#recovered = now;
      recoverRuns(this.#options, new Set(this.#active.keys()));
    }
    settleQueued(database);
    if (this.#leaving !== null || done()) return;
    while (this.#active.size < slots()) {
      const next = nextQueued(database);
      if (!next || this.#active.has(next.id)) break;
      this.#start(next.id);
    }
  }

  #start(id: string): void {
    const { database, home, program } = this.#options;
    let launched: Trainer;
    try {
      launched = launchTrainer(home, id, program);
    } catch (error) {
      if (toLabError(error).code === 'DISK_FULL') throw error; // the next round tries again
      // Whatever else keeps this run from starting, the queue goes on.
      return setState(database, id, { state: 'failed', reason: toLabError(error).message });
    }
    const active: Active = { trainer: launched, asked: null, askedAt: 0, end: null };
    const { trainer } = active;
    this.#active.set(id, active);
    void trainer.ended.then((end) => { active.end = end; });
    this.#enter(id, trainer);
  }

  /** Writes down that a run has its trainer. */
  #enter(id: string, { pid, started }: Trainer): void {
    setState(this.#options.database, id, { state: 'starting', pid, pidStarted: started });
  }

  #look(id: string, active: Active): void {
    const { database, graceMs } = this.#options;
    const { trainer } = active;
    if (active.end !== null) return this.#finish(id, active, active.end);
    if (trainer.hasNews()) this.#ingest(id);
    const row = getRun(database, id);
    if (!row) return;
    if (row.state === 'queued') return this.#enter(id, trainer); // the store could not take it in when it started
    if (row.state === 'starting' && row.engine !== null && row.journal_offset > 0) setState(database, id, { state: 'running' });
    if (row.desired !== 'finished' && active.asked === null) this.#ask(id, active, row.desired === 'stopped' ? 'stop' : 'pause');
    const endingSince = Math.min(active.asked === 'stop' ? active.askedAt : Infinity, this.#leaving === null ? Infinity : this.#leavingSince);
    if (performance.now() - endingSince > graceMs) trainer.kill('SIGKILL');
    const silence = trainer.silence();
    if (silence > silentAfter && this.#awakeFor > silentAfter * 1000) this.#say(id, row.state, `The trainer has not responded for ${Math.round(silence)} s; stop the run to end it.`);
    else if (row.reason?.startsWith('The trainer has not responded')) this.#say(id, row.state, null);
  }

  /** A journal that cannot be read spoils no other run. @throws errors of the store, which the next round may not have */
  #ingest(id: string): void {
    try {
      this.#options.ingest.ingestRun(id);
    } catch (error) {
      if (toLabError(error).code !== 'RUN_DAMAGED') throw error;
    }
  }

  #say(id: string, state: RunState, reason: string | null): void {
    setState(this.#options.database, id, { state, reason });
  }

  #ask(id: string, active: Active, request: 'stop' | 'pause'): void {
    Object.assign(active, { asked: request, askedAt: performance.now() });
    active.trainer.send(request);
    setState(this.#options.database, id, { state: request === 'stop' ? 'stopping' : 'pausing' });
  }

  /** A trainer has ended; until the store has taken that in, the next round tries again. */
  #finish(id: string, active: Active, { state, reason, deviceLost = false }: TrainerEnd): void {
    const { database } = this.#options;
    this.#ingest(id);
    const row = getRun(database, id);
    if (!row) return void this.#active.delete(id); // deleted meanwhile
    const wanted = row.desired;
    const killed = state === 'interrupted' && active.asked === 'stop';
    const left = wanted === 'finished' && this.#leaving !== null && (state === 'stopped' || state === 'interrupted');
    // In one transaction: whoever waits for the run must not see it at rest before it is queued again.
    database.transaction(() => {
      if (row.state === 'queued') this.#enter(id, active.trainer);
      setState(database, id, {
        state: killed ? 'stopped' : left ? 'interrupted' : state,
        reason: !left ? reason : state === 'stopped' ? endedWithHost.saved : endedWithHost.unseen, pid: null, pidStarted: null,
      });
      if (left && this.#leaving === 'queued') requeue(database, id, { first: true });
      else if (deviceLost && wanted === 'finished' && this.#leaving === null) this.#restart(id, reason);
    }).immediate();
    this.#active.delete(id);
  }

  /** Queues a run again whose GPU was lost, from its last checkpoint; the trainer's note in the journal says what happened. */
  #restart(id: string, reason: string | null): void {
    const count = (this.#restarts.get(id) ?? 0) + 1;
    if (count > mostRestarts) return;
    this.#restarts.set(id, count);
    setState(this.#options.database, id, { state: 'queued', reason: `Started again from its last checkpoint (${count} of ${mostRestarts}). ${reason ?? ''}`.trim() });
  }
}
