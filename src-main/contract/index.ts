// The vocabulary of the product: schemas and types that every layer shares. No Node, no DOM.
export * from './components/datasets.ts';
export * from './components/experiment.ts';
export * from './components/models.ts';
export * from './components/optimizers.ts';
export * from './components/schedulers.ts';
export * from './components/train.ts';
export * from './archive.ts';
export * from './batches.ts';
export * from './control.ts';
export * from './datasets.ts';
export * from './errors.ts';
export * from './journal.ts';
export * from './live.ts';
export * from './random.ts';
export * from './runs.ts';
export * from './wire.ts';
