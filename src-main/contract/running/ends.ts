// What a notification says of a run that came to its end.
import type { RunView } from './runs.ts';

const titles: Partial<Record<RunView['state'], string>> = { finished: 'Run finished', failed: 'Run failed', interrupted: 'Run interrupted' };

/** Title and text; null for a state that is no end of its own accord. */
export function describeEnd({ name, state, reason, metrics }: RunView): { title: string; body: string } | null {
  const title = titles[state];
  if (title === undefined) return null;
  const accuracy = metrics['test/accuracy']?.max;
  const result = accuracy === null || accuracy === undefined ? '' : `: best test accuracy ${(accuracy * 100).toFixed(2)} %`;
  return { title, body: reason ? `${name}: ${reason.split('\n')[0]}` : `${name}${result}` };
}
