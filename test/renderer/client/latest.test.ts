// Of answers that were asked for one after the other, the last one counts, whichever comes first.
import { expect, test } from 'vitest';
import { latest } from '../../../src-renderer/client/latest.ts';

/** Asks as an effect does: what was asked for before is stopped. `come` lets the answers arrive in an order of their own. */
async function outcome(come: (answers: PromiseWithResolvers<string>[]) => void): Promise<string[]> {
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const taken: string[] = [];
  const stops = answers.map(({ promise }, index) => () => latest(promise, (found) => taken.push(found), () => taken.push(`no ${index}`)));
  const stop = stops[0]!();
  stop();
  stops[1]!();
  come(answers);
  await Promise.allSettled(answers.map(({ promise }) => promise));
  return taken;
}

test('an earlier answer that comes late is not taken, nor its failure', async () => {
  expect(await outcome(([first, second]) => { second!.resolve('second'); first!.resolve('first'); })).toEqual(['second']);
  expect(await outcome(([first, second]) => { second!.resolve('second'); first!.reject(new Error('late')); })).toEqual(['second']);
  expect(await outcome(([first, second]) => { first!.resolve('first'); second!.reject(new Error('gone')); })).toEqual(['no 1']);
});
