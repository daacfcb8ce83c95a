// From key strokes to commands: single strokes, and two in a row within a second and a half.
export type Stroke = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

const pauseMs = 1500;
export const isMac = /mac/i.test(globalThis.navigator?.platform ?? '');
/** Keys as a person reads them. */
export const written = (keys: string): string => keys.replace('mod+', isMac ? '⌘' : 'Ctrl+').replace(/(^|\+)([a-z])$/, (_, plus: string, letter: string) => plus + letter.toUpperCase());

/** Names strokes one after the other; `typing` allows only those with Ctrl or ⌘. */
export function createKeys(known: ReadonlySet<string>): (stroke: Stroke, typing: boolean, now: number) => string | null {
  let [first, at] = ['', -Infinity];
  return ({ key, ctrlKey, metaKey, altKey }, typing, now) => {
    const mod = ctrlKey || metaKey;
    if (altKey || (typing && !mod)) return null;
    const stroke = mod ? `mod+${key.toLowerCase()}` : key;
    const pair = `${first} ${stroke}`;
    const named = now - at < pauseMs && known.has(pair) ? pair : known.has(stroke) ? stroke : null;
    [first, at] = named === null ? [stroke, now] : ['', -Infinity];
    return named;
  };
}
