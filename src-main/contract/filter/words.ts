// The words of a filter as they are typed: quotes keep words together, blanks around an operator count for nothing.

const operator = /^(<=|>=|!=|=|<|>)/;
const bare = /^-?[\w./-]+$/;
const open = /^-?[\w./-]+(<=|>=|!=|=|<|>)$/;
const number = /[<>=]\d+(\.\d+)?$/;
/** A unit that was typed with a blank before it. */
const unit = (word: string, condition: string): boolean => word === '%' || (condition.includes('duration') && /^(ms|s|sec|m|min|h|d)$/.test(word));

/** `lr < 0.05`, `accuracy > 60 %` and `best test/accuracy>0.6` are one word each. */
export function splitFilter(text: string): string[] {
  const typed = text.match(/-?(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  const words: string[] = [];
  for (const word of typed) {
    const last = words.at(-1);
    if (last !== undefined && last !== 'OR' && ((operator.test(word) && bare.test(last)) || (open.test(last) && word !== 'OR') || (number.test(last) && unit(word, last)))) words[words.length - 1] = `${last}${word}`;
    else words.push(word);
  }
  return joinBest(words);
}

/** A metric's best or last value. */
function joinBest(words: string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    if (/^-?(best|last)$/.test(joined.at(-1) ?? '') && /^[\w.-]*(\/|accuracy|loss)[\w./-]*(<=|>=|!=|=|<|>)/.test(word)) joined[joined.length - 1] = `${joined.at(-1)} ${word}`;
    else joined.push(word);
  }
  return joined;
}

/** The alternatives of each condition: OR joins its neighbours before all conditions are joined. */
export function alternatives(words: string[]): string[][] {
  return words.reduce<string[][]>((terms, word, index) => {
    const joins = word === 'OR' || words[index - 1] === 'OR';
    if (joins && terms.length > 0) return [...terms.slice(0, -1), word === 'OR' ? (terms.at(-1) as string[]) : [...(terms.at(-1) as string[]), word]];
    return word === 'OR' ? terms : [...terms, [word]];
  }, []);
}
