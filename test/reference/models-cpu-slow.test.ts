// The slowest of the published models on the engine cpu, beside the others.
import { comparePublishedModels } from '../helpers/publishedModels.ts';
import { engines } from '../helpers/reference.ts';

comparePublishedModels(engines[0], (name) => ['tiny_imagenet_resnext', 'tiny_imagenet_vgg'].includes(name));
