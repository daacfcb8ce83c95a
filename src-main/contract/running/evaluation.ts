// What a model answers on the test split at the end of a run: evaluation.json in the run's directory.
import { z } from 'zod';

const count = z.int().min(0);
const share = z.number().min(0).max(1);

/** Answers of every picture of the split, in its order. */
const answers = z.strictObject({ truths: z.array(count), predictions: z.array(count) });

/** `confusion[t * classes + p]` counts pictures of class t taken for p; mistakes are the most confident ones, surest first. */
export const evaluationSchema = z.strictObject({
  version: z.literal(1), step: count, split: z.enum(['val', 'test']), dataset: z.string().max(200), classes: z.int().min(1).max(10_000), total: count,
  confusion: z.array(count), answers: answers.optional(), mistakes: z.array(z.strictObject({ index: count, truth: count, prediction: count, probability: share })).max(10_000),
}).superRefine(({ classes, total, confusion, answers: given, mistakes }, context) => {
  const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  const isClass = (label: number): boolean => label < classes;
  if (confusion.length !== classes ** 2) refuse('confusion', `has ${confusion.length} numbers for ${classes} classes`);
  if (given && (given.truths.length !== given.predictions.length || ![...given.truths, ...given.predictions].every(isClass))) refuse('answers', 'are not of these classes');
  if (!mistakes.every(({ index, truth, prediction }) => index < total && isClass(truth) && isClass(prediction))) refuse('mistakes', 'are not of these images and classes');
});
export type Evaluation = z.infer<typeof evaluationSchema>;
