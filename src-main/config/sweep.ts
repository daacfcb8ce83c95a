// Sweeps: every combination of the values that a command line gives, first key outermost.
import { LabError, permutation } from '#contract';
import { createSearch, isHydras, type ComposeOptions } from './compose.ts';
import { quoteText, quoteValue, toNode, type Sweep } from './grammar/literal.ts';
import { parseOverride, type Override } from './grammar/override.ts';
import type { ConfigSearch } from './tree.ts';

/** Shell patterns: * and ? and [abc], [!abc]. */
function globPattern(glob: string): RegExp {
  const parts = glob.matchAll(/\[(!?)(\]?[^\]]*)\]|[^]/g);
  const source = Array.from(parts, ([text, not, set]) => {
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
    return text === '*' ? '.*' : text === '?' ? '.' : text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

function globOptions({ include, exclude }: Extract<Sweep, { kind: 'glob' }>, { key }: Override, search: ConfigSearch): string[] {
  const matches = (patterns: string[], name: string) => patterns.some((pattern) => globPattern(pattern).test(name));
  const options = search.options(key).filter((name) => matches(include, name) && !matches(exclude, name));
  if (options.length === 0) throw new LabError('CONFIG_COMPOSITION', `The pattern of '${key}' matches no option. There are ${search.options(key).join(', ') || 'none: it is not a group'}.`, { place: { key } });
  return options;
}

function valuesOf(override: Override, search: ConfigSearch, seed: number): string[] {
  const { value } = override;
  if (value === null || 'literal' in value) return [override.text];
  const { sweep } = value;
  if (isHydras(override.key)) throw new LabError('CONFIG_COMPOSITION', `Sweeping over Hydra's configuration is not supported: '${override.text}'. Nothing here reads it; leave it out.`, { place: { key: override.key } });
  if (sweep.kind === 'interval') throw new LabError('CONFIG_COMPOSITION', `'${override.text}': an interval needs an optimizing sweeper; give the values, choice(…) or range(start,stop,step).`, { place: { key: override.key } });
  const texts = sweep.kind === 'glob' ? globOptions(sweep, override, search) : sweep.items.map((item) => ('quoted' in item && item.quoted ? quoteText(item.value) : quoteValue(toNode(item))));
  const order = sweep.kind !== 'glob' && sweep.shuffle ? Array.from(permutation(texts.length, seed, { purpose: 'sweep', a: 0 })) : texts.map((_, index) => index);
  const head = override.text.slice(0, override.text.indexOf('=') + 1);
  return order.map((index) => `${head}${texts[index]}`);
}

/**
 * One list of overrides per run. Without any sweep: the overrides themselves, once.
 * @param seed of the order that shuffle(…) makes
 */
export function expandSweep(overrides: string[], options: Omit<ComposeOptions, 'overrides'> & { seed?: number } = {}): string[][] {
  const search = createSearch(options);
  const choices = overrides.map((text) => valuesOf(parseOverride(text), search, options.seed ?? 0));
  const total = choices.reduce((product, values) => product * values.length, 1);
  if (total > 10_000) throw new LabError('USAGE', `This sweep makes ${total} runs; 10,000 are the most. Sweep over fewer values.`);
  return choices.reduce<string[][]>((lists, values) => lists.flatMap((list) => values.map((value) => [...list, value])), [[]]);
}
