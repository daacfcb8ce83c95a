// Sweeps: every combination of the values that a command line gives, first key outermost.
import { LabError, permutation } from '#contract';
import { createSearch, isHydras, type ComposeOptions } from './compose.ts';
import { literalText, type Sweep } from './grammar/literal.ts';
import { parseOverride, type Override } from './grammar/override.ts';
import { checkShared, isPerOptimizer, optimizerGroup, ownOverrides } from './perOptimizer.ts';
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
  const texts = sweep.kind === 'glob' ? globOptions(sweep, override, search) : sweep.items.map(literalText);
  const order = sweep.kind !== 'glob' && sweep.shuffle ? Array.from(permutation(texts.length, seed, { purpose: 'sweep', a: 0 })) : texts.map((_, index) => index);
  const head = override.text.slice(0, override.text.indexOf('=') + 1);
  return order.map((index) => `${head}${texts[index]}`);
}

/** What an expansion needs beside the overrides. */
type Context = { search: ConfigSearch; seed: number };

const mostRuns = 10_000;

/** Every combination of what the overrides stand for, the first outermost. */
function combine(overrides: Override[], { search, seed }: Context): string[][] {
  const choices = overrides.map((override) => valuesOf(override, search, seed));
  const total = choices.reduce((product, values) => product * values.length, 1);
  if (total > mostRuns) throw new LabError('USAGE', `This sweep makes ${total} runs; 10,000 are the most. Sweep over fewer values.`);
  return choices.reduce<string[][]>((lists, values) => lists.flatMap((list) => values.map((value) => [...list, value])), [[]]);
}

/** The optimizers of a sweep: those that are chosen, else those that have settings of their own. */
function optimizersOf(chosen: Override | undefined, own: Map<string, Override[]>, { search, seed }: Context): string[] {
  if (chosen === undefined) return [...own.keys()];
  const options = valuesOf(chosen, search, seed).map((text) => text.slice(text.indexOf('=') + 1));
  const stranger = [...own.keys()].find((option) => !options.includes(option));
  if (stranger === undefined) return options;
  const key = `sweep.${stranger}`;
  throw new LabError('CONFIG_COMPOSITION', `'${key}' gives settings to ${stranger}, which is none of the optimizers of this command line: ${options.join(', ')}. Add it to train/optimizer, or take its settings out.`, { place: { key } });
}

/** Whether an override gives the optimizer's node, or one around it, at once. */
const isWhole = ({ key }: Override): boolean => key === 'train.optimizer' || key === 'train';

/** The runs of one optimizer after the other: its own settings stand behind its choice, and take the place of shared ones of the same key. */
function perOptimizer(shared: Override[], own: Map<string, Override[]>, context: Context): string[][] {
  const at = shared.findLastIndex(({ key }) => key === optimizerGroup);
  const options = optimizersOf(shared[at], own, context);
  const lists = options.flatMap((option) => {
    const settings = own.get(option) ?? [];
    const others = shared.filter(({ key }) => key !== optimizerGroup && settings.every((setting) => setting.key !== key));
    const before = at < 0 ? 0 : shared.slice(0, at).filter((override) => others.includes(override)).length;
    checkShared(context.search, options, others);
    // A shared override of the whole node comes before the optimizer's own settings, which would be lost under it.
    const [whole, rest] = [others.slice(before).filter(isWhole), others.slice(before).filter((override) => !isWhole(override))];
    return combine([...others.slice(0, before), parseOverride(`${optimizerGroup}=${option}`), ...whole, ...settings, ...rest], context);
  });
  if (lists.length > mostRuns) throw new LabError('USAGE', `This sweep makes ${lists.length} runs; 10,000 are the most. Sweep over fewer values.`);
  return lists;
}

/**
 * One list of overrides per run. Without any sweep: the overrides themselves, once. Settings of single optimizers (`sweep.vsgd.lr=0.1,0.01`) become overrides of their runs.
 * @param seed of the order that shuffle(…) makes
 */
export function expandSweep(overrides: string[], options: Omit<ComposeOptions, 'overrides'> & { seed?: number } = {}): string[][] {
  const context = { search: createSearch(options), seed: options.seed ?? 0 };
  const parsed = overrides.map(parseOverride);
  const own = ownOverrides(context.search, parsed.filter(isPerOptimizer));
  const shared = parsed.filter((override) => !isPerOptimizer(override));
  if (own.size > 0) return perOptimizer(shared, own, context);
  const chosen = shared.findLast(({ key }) => key === optimizerGroup);
  const several = chosen?.value && 'sweep' in chosen.value ? valuesOf(chosen, context.search, context.seed).map((text) => text.slice(text.indexOf('=') + 1)) : [];
  if (several.length > 1) checkShared(context.search, several.filter((option) => context.search.options(optimizerGroup).includes(option)), shared);
  return combine(shared, context);
}
