// Asking again while a run is at work: at once, then as often as said, and never after the end.
import { afterEach, expect, test, vi } from 'vitest';
import { keepAsking } from '../../../src-renderer/state/asking.ts';

afterEach(() => { vi.useRealTimers(); });

test('asks at once and again while active, until it is ended', () => {
  vi.useFakeTimers();
  const ask = vi.fn();
  const end = keepAsking(ask, { active: true, everyMs: 2000 });
  expect(ask).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(4000);
  expect(ask).toHaveBeenCalledTimes(3);
  end?.();
  vi.advanceTimersByTime(10_000);
  expect(ask).toHaveBeenCalledTimes(3);
});

test('asks once about what does not change any more', () => {
  vi.useFakeTimers();
  const ask = vi.fn();
  expect(keepAsking(ask, { active: false, everyMs: 2000 })).toBeUndefined();
  vi.advanceTimersByTime(10_000);
  expect(ask).toHaveBeenCalledTimes(1);
});
