// docs/configuration.md: what can be chosen, from the configuration tree, and every option, from the schemas.
import type { ConfigTree } from '#contract';
import { composeConfig, type Composed } from '../compose.ts';
import { describeComponents, type OptionTable } from './options.ts';
import { isTree } from '../merge.ts';
import { builtinTree, ConfigSearch, type ConfigFile } from '../tree.ts';
import { plainTree } from '../values.ts';

const head = `# Configuration

Made by \`node scripts/docs.ts\` from the configuration tree (\`resources/configs\`) and the schemas (\`src-main/contract/components\`); a test holds it to them.

A run's configuration is put together from the options chosen, then the experiment, then the \`path.key=value\` of the command line; what comes later wins.
\`vsgd-lab run --cfg job …\` prints the outcome and runs nothing; \`+path.key=value\` adds a key, \`~path.key\` takes one away.

## What can be chosen

\`group=option\`, for instance \`model=vgg train/optimizer=vsgd\`; several with \`-m\` and commas. Bold is what a run has that chooses nothing.
`;

const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (cells: string[]): string => `| ${cells.join(' | ')} |\n`;
const table = (titles: string[], rows: string[][]): string => `\n${row(titles)}${'|---'.repeat(titles.length)}|\n${rows.map(row).join('')}`;
const keysOf = (content: ConfigTree | undefined): string => Object.entries(content ?? {}).filter(([, value]) => !isTree(value)).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(', ');

/** The option of a group that a composed configuration has; null where it has none. */
const chosen = ({ sources }: Composed, group: string): string | null =>
  sources.map(({ file }) => file.path).filter((path) => path.slice(0, path.lastIndexOf('/')) === group).at(-1)?.slice(group.length + 1) ?? null;

/** An option's name; of one that builds on another, that and what it changes. */
function optionText(file: ConfigFile, name: string): string {
  const base = file.defaults.find((entry) => entry.kind === 'option');
  return base?.kind === 'option' ? `${code(name)} (${base.option} with ${keysOf(plainTree(file.content))})` : code(name);
}

function groupRows(search: ConfigSearch): string[][] {
  const bare = composeConfig({ overrides: [] });
  return ['dataset', 'model', 'train/optimizer', 'train/scheduler'].map((group) => {
    const used = chosen(bare, group);
    const options = search.options(group).map((name) => (name === used ? `**${code(name)}**` : optionText(search.load(`${group}/${name}`, null), name)));
    return [code(group), [...(used === null ? [`**${code('null')}** (none)`] : []), ...options].join(', ')];
  });
}

/** A chosen option and what the experiment sets in it. */
function choiceText(composed: Composed, { group, content }: { group: string; content: ConfigTree | undefined }): string {
  const own = keysOf(content);
  return `${chosen(composed, group) ?? 'none'}${own === '' ? '' : `: ${own}`}`;
}

function experimentRows(search: ConfigSearch): string[][] {
  return search.options('experiment').map((name) => {
    const composed = composeConfig({ overrides: [`experiment=${name}`] });
    const { content } = search.load(`experiment/${name}`, null);
    const { dataset, train } = composed.config as { dataset: { data_module: ConfigTree }; train: ConfigTree };
    const own = (content.train ?? {}) as Record<string, ConfigTree>;
    return [
      code(name), chosen(composed, 'dataset') ?? '', choiceText(composed, { group: 'model', content: content.model as ConfigTree | undefined }),
      choiceText(composed, { group: 'train/optimizer', content: own.optimizer }), choiceText(composed, { group: 'train/scheduler', content: own.scheduler }),
      `${dataset.data_module.batch_size}`, train.max_epochs ? `${train.max_epochs} epochs` : `${train.max_iter} iterations`, `${train.seed}`,
    ];
  });
}

const optionsTable = ({ title, path, rows }: OptionTable): string => `\n## ${title}\n${table([code(`${path}.`), 'default', 'where no file sets it', 'range', 'unit', ''],
  rows.map(({ key, default: value, unset, range, unit, description }) => [key, value, unset, range, unit, description].map(cell)))}`;

/** docs/configuration.md. */
export function configurationPage(): string {
  const search = new ConfigSearch([builtinTree]);
  return `${head}${table(['group', 'options'], groupRows(search))}
An experiment chooses and sets all of these, and the command line changes what it wants: \`experiment=cifar100_vgg train/optimizer=vsgd\`.
${table(['`experiment`', 'data set', 'model', 'optimizer', 'schedule', 'batch', 'length', 'seed'], experimentRows(search))}
In the tables below, *default* is what a run has that chooses the option and says no more. *Where no file sets it* counts for files of
another tree (\`--config-dir\`) that leave the key out; the cell is empty where it is the same.
${describeComponents().map(optionsTable).join('')}`;
}
