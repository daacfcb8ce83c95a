// The one error of this product: a code from a fixed table, and a message that says what failed, where, and what to do.

/** Every code a LabError can carry, with the exit code that the CLI gives for it. */
export const errorCodes = {
  CONFIG_SYNTAX: 2,
  CONFIG_COMPOSITION: 2,
  CONFIG_MISSING: 2,
  CONFIG_INVALID: 2,
  USAGE: 2,
  NOT_FOUND: 3,
  CONFLICT: 4,
  DATASET_MISSING: 5,
  DATASET_DAMAGED: 5,
  DATASET_HOSTILE: 5,
  DOWNLOAD_FAILED: 6,
  DISK_FULL: 7,
  STORE_DAMAGED: 8,
  /** The database, which is an index: it is made again from the run directories. */
  DATABASE_DAMAGED: 8,
  STORE_BUSY: 8,
  STORE_NEWER: 8,
  RUN_DAMAGED: 9,
  BUNDLE_INVALID: 9,
  CHECKPOINT_DAMAGED: 9,
  CHECKPOINT_MISMATCH: 9,
  ENGINE_UNUSABLE: 10,
  ENGINE_DAMAGED: 10,
  ENGINE_HOSTILE: 10,
  RECORDING_REFUSED: 10,
  /** The trainer's exit code too: the host takes it for a reason to try again. */
  DEVICE_LOST: 75,
  TRAINER_FAILED: 11,
  DIVERGED: 11,
  CANCELLED: 130,
  INTERNAL: 1,
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Where an error happened: any of a file, a line, a configuration key, an offset. */
export type ErrorPlace = { file?: string; line?: number; key?: string; offset?: number };

/** The product's error. `message` is what a user reads; `cause` keeps what was caught. */
export class LabError extends Error {
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, message: string, options: { place?: ErrorPlace; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LabError';
    this.code = code;
    this.place = options.place ?? {};
  }
}

/** An error as it crosses a process or a network: no stack, causes as text. */
export type SerializedError = { code: ErrorCode; message: string; place: ErrorPlace; cause?: string };

/** Wraps anything thrown into a LabError, once; a LabError passes through unchanged. */
export function toLabError(thrown: unknown): LabError {
  if (thrown instanceof LabError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new LabError('INTERNAL', message, { cause: thrown });
}

/** The only place that makes an error serialisable. */
export function serializeError(thrown: unknown): SerializedError {
  const error = toLabError(thrown);
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return { code: error.code, message: error.message, place: error.place, ...(cause ? { cause } : {}) };
}
