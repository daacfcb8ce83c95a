// Answers may come in another order than they were asked for: of those that are asked for one after the other, the last one counts.

/** Takes an answer, or why there is none, until it is told to stop. An effect that returns this stops it when it asks anew, and at its end. */
export function latest<T>(answer: Promise<T>, take: (found: T) => void, fail: (error: unknown) => void): () => void {
  let current = true;
  answer.then((found) => { if (current) take(found); }, (error: unknown) => { if (current) fail(error); });
  return () => { current = false; };
}
