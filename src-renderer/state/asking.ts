// Asking again and again while something goes on, for effects.

/** Calls `ask` at once and, while `active`, every `everyMs`. @returns what ends it */
export function keepAsking(ask: () => void, { active, everyMs }: { active: boolean; everyMs: number }): (() => void) | undefined {
  ask();
  if (!active) return undefined;
  const timer = setInterval(ask, everyMs);
  return () => clearInterval(timer);
}
