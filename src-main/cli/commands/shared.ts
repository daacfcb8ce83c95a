// What all commands share: global flags, and work with an opened lab.
import type { Lab } from '#services';

export type Shared = { json?: boolean; quiet?: boolean; home?: string };
export type WithLab = (flags: Shared, work: (lab: Lab) => Promise<number> | number) => Promise<void>;
