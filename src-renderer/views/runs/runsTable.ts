// Filter and order of the table of runs.
import { configValue, modelOf, optimizerOf, type RunView } from '#contract';
import { isActive, mainMetric, secondsOf } from '../../elements/runFacts.ts';

export type SortKey = 'state' | 'name' | 'dataset' | 'model' | 'optimizer' | 'best' | 'loss' | 'progress' | 'started' | 'duration';

function fitsTerm(run: RunView, term: string): boolean {
  const [, key, operator, wanted] = /^([\w./]+)(<=|>=|=|<|>)(.*)$/.exec(term) ?? [];
  if (!key || !operator || wanted === undefined) {
    const text = `${run.name} ${run.dataset.name} ${modelOf(run)} ${optimizerOf(run)} ${run.tags.join(' ')} ${run.id}`.toLowerCase();
    return text.includes(term.toLowerCase());
  }
  const metric = run.metrics[key];
  const value = metric ? metric.last : configValue(run, key);
  if (operator === '=') return String(value).toLowerCase() === wanted.toLowerCase();
  const [left, right] = [Number(value), Number(wanted)];
  return operator === '<' ? left < right : operator === '>' ? left > right : operator === '<=' ? left <= right : left >= right;
}

/** Runs that fit every word of `text` (a part of name, tag, …, or `key=value` with a configuration key or metric) and the state group. */
export function filterRuns(all: RunView[], text: string, state: string): RunView[] {
  const terms = text.split(/\s+/).filter((term) => term !== '');
  const inState = (run: RunView) => state === '' || (state === 'open' ? isActive(run) || run.state === 'queued' : state === 'failed' ? ['failed', 'interrupted'].includes(run.state) : run.state === state);
  return all.filter((run) => inState(run) && terms.every((term) => fitsTerm(run, term)));
}

const values: Record<SortKey, (run: RunView) => string | number> = {
  state: ({ state }) => state, name: ({ name }) => name.toLowerCase(), dataset: ({ dataset }) => dataset.name, model: modelOf, optimizer: optimizerOf,
  best: (run) => mainMetric(run)?.max ?? -Infinity, loss: ({ metrics }) => Number(metrics['train/loss']?.last ?? NaN), progress: ({ step, totalSteps }) => (totalSteps ? step / totalSteps : 0),
  started: ({ startedAt }) => startedAt ?? '', duration: (run) => secondsOf(run, Date.now()) ?? -1,
};

/** Orders by a column; runs without a value come last either way. */
export function sortRuns(all: RunView[], key: SortKey | '', descending: boolean): RunView[] {
  if (key === '') return all;
  const valueOf = values[key];
  const isMissing = (value: string | number) => (typeof value === 'number' ? !Number.isFinite(value) : value === '');
  return all.toSorted((a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    if (isMissing(x) || isMissing(y)) return Number(isMissing(x)) - Number(isMissing(y));
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true });
    return descending ? -order : order;
  });
}
