// The filter of the table, which the command line has too.
export { conditionOf, factNames, filterRuns, filterValue as valueOf, parseFilter, termOf, type Term } from '#contract';
