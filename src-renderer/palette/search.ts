// What fits what is typed in the palette: whole words and their beginnings first, then letters within, then letters with gaps.

/** `second`: comes after others that fit as well. */
export type Searched = { title: string; second?: boolean };

const isLetter = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
const begins = (text: string, at: number): boolean => !isLetter(text[at - 1]);

/** How well a run of letters fits where it stands as it is: at the beginning of a word better than within one; 0 where it does not stand. */
function whole(text: string, word: string): number {
  let best = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    best = Math.max(best, !begins(text, at) ? 2 : isLetter(text[at + word.length]) ? 3 : 4);
  }
  return best;
}

/** How well letters fit that stand in order, the first at the beginning of a word: up to 1, less with gaps; 0 where they do not. */
function scattered(text: string, word: string): number {
  let best = 0;
  for (let start = text.indexOf(word[0] as string); start >= 0; start = text.indexOf(word[0] as string, start + 1)) {
    if (!begins(text, start)) continue;
    let at = start;
    for (const letter of word.slice(1)) {
      at = text.indexOf(letter, at + 1);
      if (at < 0) return best; // nor from further on
    }
    best = Math.max(best, word.length / (at - start + 1));
  }
  return best;
}

/** How well a title fits all words of what was typed, by the letters that do; null where one does not fit. */
export function scoreOf(title: string, typed: string): number | null {
  const text = title.toLowerCase();
  let score = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter((part) => part !== '')) {
    const fit = whole(text, word) || scattered(text, word);
    if (fit === 0) return null;
    score += fit * word.length;
  }
  return score;
}

/** The best of `all` for what was typed, of equals the first, then the shorter; everything, in its order, for nothing. */
export function search<T extends Searched>(all: readonly T[], typed: string, most = 50): T[] {
  if (typed.trim() === '') return all.slice(0, most);
  const scored = all.flatMap((one) => { const score = scoreOf(one.title, typed); return score === null ? [] : [{ one, score }]; });
  const order = (a: (typeof scored)[number], b: (typeof scored)[number]): number => b.score - a.score || Number(a.one.second ?? false) - Number(b.one.second ?? false) || a.one.title.length - b.one.title.length;
  return scored.sort(order).slice(0, most).map(({ one }) => one);
}
