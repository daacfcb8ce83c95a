// The published models on the engine tensorflow, where it is installed; a file per engine, so that they run side by side.
import { comparePublishedModels } from '../helpers/publishedModels.ts';
import { tensorflowCase } from '../helpers/tensorflow.ts';

comparePublishedModels(tensorflowCase);
