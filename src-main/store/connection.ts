// A connection that survives its file: damage is repaired, and a file that another process replaced is opened, before work is done again.
import type Database from 'better-sqlite3';
import { statSync } from 'node:fs';
import { damaged, isDamage, isSqliteError, storeError } from './damage.ts';

export type ConnectionOptions = {
  file: string;
  /** Opens and checks the file. */
  open(): Database.Database;
  /** Puts a sound file in the place of the damaged one; without it damage is an error. */
  repair?(problem: unknown): void;
  /** Called with the connection to a file that another process put in place of ours. */
  replaced?(database: SqliteDatabase): void;
  /** Writes the states of these runs to their directories; called inside the transaction that changed them. */
  saveStates?(database: SqliteDatabase, ids: string[]): void;
};

type Work<Values extends unknown[], Result> = (...values: Values) => Result;
export type Transaction<Values extends unknown[], Result> = Work<Values, Result> & { immediate: Work<Values, Result> };

/** A statement that is prepared again where the connection was opened again. */
export class Statement {
  readonly #owner: SqliteDatabase;
  readonly #source: string;
  #form: 'rows' | 'pluck' | 'raw' = 'rows';
  #prepared: { by: Database.Database; statement: Database.Statement } | null = null;

  constructor(owner: SqliteDatabase, source: string) {
    this.#owner = owner;
    this.#source = source;
  }

  /** Gives the first column of a row in place of the row. */
  pluck(): this {
    this.#form = 'pluck';
    return this;
  }

  /** Gives rows as arrays. */
  raw(): this {
    this.#form = 'raw';
    return this;
  }

  run(...values: unknown[]): Database.RunResult {
    return this.#owner.attempt((connection) => this.#on(connection).run(...values));
  }

  get(...values: unknown[]): unknown {
    return this.#owner.attempt((connection) => this.#on(connection).get(...values));
  }

  all(...values: unknown[]): unknown[] {
    return this.#owner.attempt((connection) => this.#on(connection).all(...values));
  }

  #on(connection: Database.Database): Database.Statement {
    if (this.#prepared?.by !== connection) {
      const statement = connection.prepare(this.#source);
      if (this.#form === 'pluck') statement.pluck();
      if (this.#form === 'raw') statement.raw();
      this.#prepared = { by: connection, statement };
    }
    return this.#prepared.statement;
  }
}

export class SqliteDatabase {
  readonly file: string;
  readonly #options: ConnectionOptions;
  #connection: Database.Database | null = null;
  #identity = '';
  #atWork = false;
  #closed = false;
  #changed = new Set<string>();

  /** @throws LabError where the file can neither be opened nor repaired */
  constructor(options: ConnectionOptions) {
    this.file = options.file;
    this.#options = options;
    this.attempt(() => {});
  }

  prepare(source: string): Statement {
    return new Statement(this, source);
  }

  exec(source: string): void {
    this.attempt((connection) => connection.exec(source));
  }

  pragma(source: string): unknown {
    return this.attempt((connection) => connection.pragma(source, { simple: true }));
  }

  /**
   * Work that happens completely or not at all; a transaction within another is part of it. After a repair the work is done
   * a second time, so it must change nothing but the database.
   */
  transaction<Values extends unknown[], Result>(work: Work<Values, Result>): Transaction<Values, Result> {
    const within = (kind: 'deferred' | 'immediate') => (...values: Values): Result => this.attempt((connection) => {
      const outermost = !connection.inTransaction;
      if (outermost) this.#changed.clear();
      const complete = (...given: Values): Result => {
        const result = work(...given);
        if (outermost && this.#changed.size > 0) this.#options.saveStates?.(this, [...this.#changed]);
        return result;
      };
      return connection.transaction(complete)[kind](...values);
    });
    return Object.assign(within('deferred'), { immediate: within('immediate') });
  }

  /** What answers now; another object after the file was opened again. A key for what is remembered of its rows. */
  connection(): object {
    return this.attempt((connection) => connection);
  }

  /** A trigger of the database says that the state of this run changed. */
  noteChange(id: string): void {
    this.#changed.add(id);
  }

  /**
   * One unit of work. Damage that it meets is repaired and the unit is done once more; other errors of SQLite become errors of ours.
   * Within another unit the outer one does that.
   * @throws LabError DATABASE_DAMAGED, DISK_FULL, STORE_BUSY
   */
  attempt<Result>(work: (connection: Database.Database) => Result): Result {
    if (this.#atWork && this.#connection) return work(this.#connection);
    this.#atWork = true;
    try {
      return work(this.#current());
    } catch (error) {
      if (!this.#closed && this.#options.repair && isDamage(error, this.file)) return this.#again(error, work);
      throw this.#inWords(error);
    } finally {
      this.#atWork = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
  }

  #again<Result>(problem: unknown, work: (connection: Database.Database) => Result): Result {
    try {
      this.#letGo();
      this.#options.repair?.(problem);
      return work(this.#current());
    } catch (error) {
      throw this.#inWords(error);
    }
  }

  #inWords(error: unknown): unknown {
    return isSqliteError(error) ? storeError(error, this.file) : error;
  }

  #letGo(): void {
    try {
      this.#connection?.close();
    } catch {
      // The file is damaged: what closing it would write is not wanted.
    }
    this.#connection = null;
  }

  /** The connection to the file that is in place now. */
  #current(): Database.Database {
    const open = this.#connection;
    if (open && (this.#closed || this.file === ':memory:')) return open;
    if (open) {
      const identity = this.#fileIdentity();
      if (identity === this.#identity) return open;
      if (identity === '') throw damaged(this.file, 'the file was removed while it was open');
      this.#letGo();
    }
    this.#connection = this.#options.open();
    this.#identity = this.#fileIdentity();
    if (open) this.#options.replaced?.(this);
    return this.#connection;
  }

  #fileIdentity(): string {
    const found = statSync(this.file, { throwIfNoEntry: false });
    return found ? `${found.dev}:${found.ino}` : '';
  }
}
