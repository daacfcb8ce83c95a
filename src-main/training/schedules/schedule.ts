// What every learning-rate schedule offers; each is stepped once per iteration.

export type Schedule = {
  /** The learning rate of the next step. */
  readonly lr: number;
  /** Steps the schedule after an iteration; plateau looks at `metric` (val/loss). */
  step(metric?: number): void;
  /** Everything that a resumed schedule needs. */
  state(): Record<string, number>;
  restore(state: Record<string, number>): void;
};
