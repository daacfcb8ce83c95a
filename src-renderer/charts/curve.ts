// What charts draw, and what linked charts share.
/** A curve: xs rise; ys may hold NaN and infinities. `color` is any CSS color, a token too; `band`: around ys. */
export type Curve = { label: string; color: string; xs: Float64Array; ys: Float64Array; dash?: number[]; band?: { low: Float64Array; high: Float64Array } };
export type Drawn = Curve & { smoothed: Float64Array };

/** What ys are: a share of one, seconds, or plain numbers. */
export type Unit = 'share' | 's' | '';
/** What xs are: whole steps, plain numbers, seconds, or milliseconds since 1970. */
export type XKind = 'step' | 'number' | 'duration' | 'moment';

/** The x range and the crosshair of a group of charts; null: the whole range, no crosshair. */
export type LinkedAxis = { from: number | null; to: number | null; at: number | null };
