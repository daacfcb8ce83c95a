// The configuration: overrides, composition, sweeps, checked experiments.
export { composeConfig, configHash, type Composed, type ComposeOptions } from './compose.ts';
export { choicesHelp, configurationHelp, describeComponents } from './documentation/options.ts';
export { describeForm, type FormComponent, type FormDescription, type FormField, type FormGroup } from './form.ts';
export { issueMessage, parseExperiment } from './experiment.ts';
export { expressConfig } from './express.ts';
export { parseOverride } from './grammar/override.ts';
export { diffTrees, type Difference } from './leaves.ts';
export { composeRun, describeUseless } from './leftovers.ts';
export { quoteValue } from './grammar/literal.ts';
export { getAt, isTree } from './merge.ts';
export { toYaml } from './yaml/write.ts';
export { configurationPage } from './documentation/page.ts';
export { type References } from './references.ts';
export { overrideStored, type ReplacedGroup } from './stored.ts';
export { expandSweep } from './sweep.ts';
export { builtinTree } from './tree.ts';
