// What a model answers on the test split at the end of a run: evaluation.json in the run's directory.
import { z } from 'zod';

const count = z.int().min(0);
const share = z.number().min(0).max(1);

/** Answers of every picture of the split, in its order. */
const answers = z.strictObject({ truths: z.array(count), predictions: z.array(count) });

/** `confusion[t * classes + p]` counts pictures of class t taken for p; mistakes are the most confident ones, surest first. */
export const evaluationSchema = z.strictObject({
  version: z.literal(1), step: count, split: z.literal('test'), dataset: z.string(), classes: z.int().min(1), total: count,
  confusion: z.array(count), answers: answers.optional(), mistakes: z.array(z.strictObject({ index: count, truth: count, prediction: count, probability: share })),
});
export type Evaluation = z.infer<typeof evaluationSchema>;
