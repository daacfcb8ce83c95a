// Training: tensors only. Engines, operations, models, optimizers, schedules, the loop and its checkpoints.
export { createCpuEngine } from './engines/cpu/cpu.ts';
export { buildTensorflowBinding, createTensorflowEngine, probeTensorflow, type TensorflowOptions } from './engines/tensorflow/index.ts';
export { createWasmEngine, type WasmOptions } from './engines/wasm/index.ts';
export type { CompiledStep, Engine, InputSpec, StepFunction } from './engines/engine.ts';
export { countParameters, createModel, type Model } from './models/model.ts';
export { fromTorch, toTorch, type NamedTensor } from './models/parameters.ts';
export { scalarBeta1, vsgdBeta1, type Beta1 } from './optimizers/beta1.ts';
export { createOptimizer } from './optimizers/createOptimizer.ts';
export type { Optimizer } from './optimizers/optimizer.ts';
export { createSchedule, previewSchedule } from './schedules/createSchedule.ts';
export type { Schedule } from './schedules/schedule.ts';
export { createEvaluationStep, createTrainStep, type StepPlan } from './step.ts';
export { decodeSafetensors, encodeSafetensors, type StoredFile, type StoredTensor } from './checkpoint/safetensors.ts';
export { createProgress, type Progress } from './checkpoint/progress.ts';
export { captureState, restoreState, type TrainingState } from './checkpoint/state.ts';
export { chooseEngine, listEngines, type EngineListing } from './engines/choose.ts';
export { predictTest, type Predictions } from './loop/predict.ts';
export { runLoop, totalSteps, type CheckpointKind, type LoopContext, type LoopEnd, type LoopHooks } from './loop/loop.ts';
