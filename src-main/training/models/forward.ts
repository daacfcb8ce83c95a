// What an architecture takes and gives.
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** What the pictures are like: 1 or 3 channels, `size` pixels a side. */
export type ModelInput = { channels: number; size: number };
/** images [N, H, W, C] → logits [N, classes]. In training mode running statistics are renewed. */
export type Forward = (images: Tensor4D, training: boolean) => Tensor2D;
