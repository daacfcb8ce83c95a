// Work that may wait until what is asked for stands on the screen.

/** The next time the page has nothing to do after its next picture; in a window that shows none, after half a second. */
export const afterPicture = (): Promise<void> => new Promise((resolve) => {
  const timer = setTimeout(resolve, 500);
  const whenIdle = globalThis.requestIdleCallback ?? setTimeout;
  requestAnimationFrame(() => { // comes before the picture
    clearTimeout(timer);
    whenIdle(() => resolve());
  });
});
