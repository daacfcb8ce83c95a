// The installed TensorFlow engine that tests run on: VSGD_LAB_TENSORFLOW names its folder; without it such tests are skipped by name.
import { existsSync } from 'node:fs';
import type { Engine } from '#training';
import { bindingPath } from '../../src-main/training/engines/tensorflow/build.ts';
import { createTensorflowEngine, type TensorflowOptions } from '../../src-main/training/engines/tensorflow/index.ts';
import type { EngineCase } from './reference.ts';

/** `…/tensorflow-<version>-<cpu|cuda>`, or the empty string. */
export const tensorflowFolder = process.env.VSGD_LAB_TENSORFLOW ?? '';
export const hasTensorflow = tensorflowFolder !== '' && existsSync(bindingPath(tensorflowFolder));
/** What a skipped test's name says. */
export const needsTensorflow = '(needs VSGD_LAB_TENSORFLOW)';

/** The engine on the CPU; its other options may differ from call to call. */
export const createTestEngine = (options: Partial<TensorflowOptions> = {}): Promise<Engine> => createTensorflowEngine({ folder: tensorflowFolder, device: 'cpu', ...options });

/** The engine for suites that run over several. */
export const tensorflowCase: EngineCase = { name: 'tensorflow', create: () => createTestEngine(), ...(hasTensorflow ? {} : { missing: ` ${needsTensorflow}` }) };
