// The published models on the engine wasm; a file per engine, so that they run side by side.
import { comparePublishedModels } from '../helpers/publishedModels.ts';
import { engines } from '../helpers/reference.ts';

comparePublishedModels(engines[1]);
