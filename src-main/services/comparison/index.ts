// Comparison of runs: table, figure, saved ones.
export { checkComparison, describeUnfinished } from './check.ts';
export { figureData, makeFigure, makeTable } from './figures.ts';
export { getComparison, listComparisons, presentRuns, removeComparison, saveComparison } from './saved.ts';
export { comparisonTable } from './table.ts';
