// The published models on the engine webgpu: on the computer's GPU, or on SwiftShader, where all but the smallest take long.
import { comparePublishedModels } from '../helpers/publishedModels.ts';
import { webgpuCase } from '../helpers/webgpu.ts';

comparePublishedModels(webgpuCase);
