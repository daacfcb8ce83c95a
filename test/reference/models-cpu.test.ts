// The published models on the engine cpu, all but the slowest; a file per part, so that they run side by side.
import { comparePublishedModels } from '../helpers/publishedModels.ts';
import { engines } from '../helpers/reference.ts';

comparePublishedModels(engines[0], (name) => !['tiny_imagenet_resnext', 'tiny_imagenet_vgg'].includes(name));
