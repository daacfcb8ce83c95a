// The training programme's own settings: group `train` of the configuration, published names first.
import { z } from 'zod';
import { choice, flag, float, integer, nullable, text } from '../field.ts';

export const trainSchema = z.looseObject({
  seed: integer({ default: 0, min: 0, max: 2 ** 32 - 1, description: 'Seed of everything random: initialisation, order, augmentation, validation split.' }),
  max_iter: integer({ default: 10000, min: 1, unit: 'iterations', description: 'Iterations to train.' }),
  max_epochs: nullable(z.int().min(1), { unit: 'epochs', description: 'Train so many passes over the data instead of max_iter (null: use max_iter).' }),
  grad_clip: float({ default: 0, min: 0, description: 'Clip the global gradient norm to this (0: off).' }),
  grad_skip_thr: float({ default: 0, min: 0, description: 'Skip a step whose gradient norm is at least this (0: off).' }),
  eval_test_freq: integer({ default: 500, min: -1, unit: 'iterations', description: 'Iterations between evaluations on the test split (0 or -1: only at the end).' }),
  val_freq: integer({ default: 1, min: 0, unit: 'iterations', description: 'Iterations between validation batches (0: never).' }),
  save_freq: integer({ default: 500, min: 0, unit: 'iterations', description: 'Iterations between checkpoints (0: only at the end).' }),
  keep_every: integer({ default: 0, min: 0, unit: 'iterations', description: 'Keep a checkpoint for good at each multiple of this (0: last and best only).', advanced: true }),
  best_metric: choice(['test/accuracy', 'test/loss', 'val/accuracy', 'val/loss'], { default: 'test/accuracy', description: 'Metric that decides which checkpoint is the best.', advanced: true }),
  optimizer_log_freq: integer({ default: 100, min: -1, unit: 'iterations', description: 'Iterations between histograms of the optimizer (0 or -1: never).' }),
  device: text({ default: 'auto', pattern: /^(auto|cpu|gpu|mps|cuda(:\d+)?)$/, options: 'auto, cpu, gpu, mps, cuda or cuda:N', description: 'Device asked for: auto, cpu, gpu (any), cuda, cuda:N (the N-th), mps.', advanced: true }),
  loader_workers: integer({ default: -1, min: -1, max: 64, description: 'Worker threads of the input pipeline (-1: choose).', advanced: true }),
  engine_threads: integer({ default: 0, min: 0, max: 64, description: 'Threads on the processor (0: wasm measures and chooses, tensorflow takes all).', advanced: true }),
  tf32: flag({ default: true, description: 'Multiply in TF32 on an NVIDIA GPU that has it (engine tensorflow).', advanced: true }),
  mixed_precision: choice(['none', 'float16', 'bfloat16'], { default: 'none', description: 'Type that convolutions and matrix products compute in (engines tensorflow and, float16 only, webgpu); parameters stay float32.', advanced: true }),
  start_iter: integer({ default: 0, min: 0, unit: 'iterations', description: 'Published key, kept for its configurations; resuming sets it.', advanced: true }),
  resume_id: nullable(z.string(), { description: 'Id of a run to resume.', advanced: true }),
  experiment_name: nullable(z.string(), { description: 'Name of the run (null: made from its settings).' }),
});
export type TrainOptions = z.infer<typeof trainSchema>;
