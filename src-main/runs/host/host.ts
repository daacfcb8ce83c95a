// The host: works off the queue, one slot per device, and brings every run to what is wanted of it. One per home.
import { setTimeout as delay } from 'node:timers/promises';
import type { RunState } from '#contract';
import { getRun, nextQueued, settleQueued, setState, storeError, type SqliteDatabase } from '#store';
import type { Home } from '../directory/home.ts';
import { takeLock } from '../directory/lock.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { launchTrainer, type Trainer, type TrainerEnd, type TrainerProgram } from './launch.ts';
import { recoverRuns } from './recover.ts';

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
  #closing = false;
  #complaint = '';

  constructor(options: HostOptions) {
    this.#options = { slots: () => 1, tickMs: 100, graceMs: 60_000, ...options };
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

  /** Ends all trainers with a checkpoint and gives the home free; their runs count as interrupted unless somebody wanted them stopped. */
  async end(): Promise<void> {
    this.#closing = true;
    for (const { trainer } of this.#active.values()) trainer.send('stop');
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

  /** One round. The store may be busy or its disk full: trainers go on, their journals keep everything, the next round tries again. */
  #tick(): void {
    try {
      this.#round();
      this.#complaint = '';
    } catch (error) {
      const { message } = storeError(error, this.#options.home.database);
      if (message !== this.#complaint) process.stderr.write(`${message}\n`);
      this.#complaint = message;
    }
  }

  #round(): void {
    const { database, slots } = this.#options;
    const now = performance.now();
    // A gap means that the computer slept; silence is counted only while awake.
    this.#awakeFor = now - this.#lastTick > 5000 ? 0 : this.#awakeFor + now - this.#lastTick;
    this.#lastTick = now;
    for (const [id, active] of this.#active) this.#look(id, active);
    if (this.#closing) return;
    if (now - this.#recovered > recoverEveryMs) {
      this.#recovered = now;
      recoverRuns(this.#options, new Set(this.#active.keys()));
    }
    settleQueued(database);
    while (this.#active.size < slots()) {
      const next = nextQueued(database);
      if (!next) break;
      this.#start(next.id);
    }
  }

  #start(id: string): void {
    const { database, home, program } = this.#options;
    const active: Active = { trainer: launchTrainer(home, id, program), asked: null, askedAt: 0, end: null };
    const { trainer } = active;
    this.#active.set(id, active);
    void trainer.ended.then((end) => { active.end = end; });
    setState(database, id, { state: 'starting', pid: trainer.pid, pidStarted: trainer.started });
  }

  #look(id: string, active: Active): void {
    const { database, ingest, graceMs } = this.#options;
    const { trainer } = active;
    if (active.end !== null) return this.#finish(id, active, active.end);
    if (trainer.hasNews()) ingest.ingestRun(id);
    const row = getRun(database, id);
    if (!row) return;
    if (row.state === 'starting' && row.engine !== null && row.journal_offset > 0) setState(database, id, { state: 'running' });
    if (row.desired !== 'finished' && active.asked === null) this.#ask(id, active, row.desired === 'stopped' ? 'stop' : 'pause');
    if (active.asked === 'stop' && performance.now() - active.askedAt > graceMs) trainer.kill('SIGKILL');
    const silence = trainer.silence();
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

  /** A trainer has ended; until the store has taken that in, the next round tries again. */
  #finish(id: string, active: Active, { state, reason, deviceLost = false }: TrainerEnd): void {
    const { database, ingest } = this.#options;
    ingest.ingestRun(id);
    const wanted = getRun(database, id)?.desired;
    const killed = state === 'interrupted' && active.asked === 'stop';
    const closed = state === 'stopped' && wanted === 'finished' && this.#closing;
    setState(database, id, {
      state: killed ? 'stopped' : closed ? 'interrupted' : state,
      reason: closed ? 'Its host was ended; a checkpoint was saved. Resume the run to go on.' : reason, pid: null, pidStarted: null,
    });
    this.#active.delete(id);
    if (deviceLost && wanted === 'finished' && !this.#closing) this.#restart(id, reason);
  }

  /** Queues a run again whose GPU was lost, from its last checkpoint; the trainer's note in the journal says what happened. */
  #restart(id: string, reason: string | null): void {
    const count = (this.#restarts.get(id) ?? 0) + 1;
    if (count > mostRestarts) return;
    this.#restarts.set(id, count);
    setState(this.#options.database, id, { state: 'queued', reason: `Started again from its last checkpoint (${count} of ${mostRestarts}). ${reason ?? ''}`.trim() });
  }
}
