// `vsgd-lab compare`: mean and deviation over groups, as table, CSV, Markdown, LaTeX or JSON.
import type { Command } from 'commander';
import { compareRuns, showRun, type Group } from '#services';
import { LabError } from '#contract';
import { percent, print, printJson, short, table } from '../output.ts';
import type { Shared, WithLab } from './shared.ts';

type CompareFlags = Shared & { by: string; csv?: boolean; markdown?: boolean; latex?: boolean };

const shown = (column: string) => (column.includes('accuracy') ? percent : short);

/** Header and one row per group: mean ± deviation. */
export function groupRows(groups: Group[], plusMinus = ' ± '): string[][] {
  const columns = [...new Set(groups.flatMap(({ statistics }) => Object.keys(statistics)))];
  const cell = (group: Group, column: string) => {
    const statistic = group.statistics[column];
    if (!statistic) return '';
    const format = shown(column);
    return statistic.count > 1 ? `${format(statistic.mean)}${plusMinus}${format(statistic.deviation)}` : format(statistic.mean);
  };
  return [['optimizer', 'runs', ...columns], ...groups.map((group) => [group.name, String(group.runs.length), ...columns.map((column) => cell(group, column))])];
}

function toLatex(rows: string[][]): string {
  const [head = [], ...body] = rows.map((row) => row.map((text) => text.replaceAll('%', '\\%').replaceAll('_', '\\_')));
  const line = (row: string[]) => `${row.join(' & ')} \\\\`;
  return ['\\begin{tabular}{l' + 'r'.repeat(head.length - 1) + '}', '\\toprule', line(head), '\\midrule', ...body.map(line), '\\bottomrule', '\\end{tabular}'].join('\n');
}

const toMarkdown = ([head = [], ...body]: string[][]) => [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');

function toCsv(groups: Group[]): string {
  const lines = groups.flatMap(({ name, statistics }) => Object.entries(statistics).map(([column, { mean, deviation, count }]) => [name, column, mean, deviation, count].join(',')));
  return ['group,metric,mean,deviation,runs', ...lines].join('\n');
}

export function registerCompare(program: Command, withLab: WithLab): void {
  program.command('compare')
    .description('compare runs: mean ± deviation of final and best values over groups')
    .argument('<runs...>', 'ids, beginnings of ids, or names')
    .option('--by <key>', 'configuration key that makes the groups', 'train.optimizer._target_')
    .option('--csv', 'as CSV').option('--markdown', 'as Markdown').option('--latex', 'as LaTeX (booktabs)')
    .action(async (references: string[], _options, command: Command) => {
      const flags = command.optsWithGlobals<CompareFlags>();
      await withLab(flags, (lab) => {
        const groups = compareRuns(references.map((reference) => showRun(lab, reference)), flags.by);
        if (groups.length === 0) throw new LabError('USAGE', 'There is nothing to compare.');
        if (flags.json) printJson(groups);
        else if (flags.csv) print(toCsv(groups));
        else if (flags.latex) print(toLatex(groupRows(groups, ' $\\pm$ ')));
        else print((flags.markdown ? toMarkdown : table)(groupRows(groups)));
        return 0;
      });
    });
}
