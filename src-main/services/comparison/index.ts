// Comparison of runs: table, figure, saved ones.
export { checkComparison, describeUnfinished } from './check.ts';
export { figureData } from './figures.ts';
export { makeFigure, makeFiles, makeTable } from './files.ts';
export { getComparison, listComparisons, presentRuns, removeComparison, saveComparison } from './saved.ts';
export { comparisonTable } from './table.ts';
