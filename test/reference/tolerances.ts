// The one table of tolerances: how far a float32 engine may lie from the published code in float64, and why.

export const tolerances = {
  /** One forward pass: rounding of sums over up to 4608 products. Relative to the largest logit. */
  logits: 1e-4,
  loss: 1e-4,
  /** Gradient norms: rounding of forward and backward passes through up to 29 layers, relative. */
  gradientNorm: 1e-3,
  /** Single gradient elements and sums: absolute error relative to the tensor's gradient norm, as single elements cancel. */
  gradientElement: 2e-3,
  /**
   * Models so deep that the rounding of activations alone decides which side of a ReLU or a pooling window wins near a tie: the
   * oracle, which sums in float64, is off by 1.2e-3 in VGG19's first layer too. There, pictures changed in their last bit move the first
   * batch norm's gradient norm between +0.06 and -0.47 % on tensorflow with our kernels, +0.06 and -0.20 % with TensorFlow's own (six
   * draws each); the draws without a flip agree between the two in every digit.
   * Losses of four steps: in 52 such draws on wasm and 12 on tensorflow, VSGD's third loss in VGG19 lay up to 0.21 from the published
   * one and its fourth up to 0.66, in three on SwiftShader up to 0.21 and 0.24, where the first two kept to 1e-5 and 7e-3.
   */
  deep: { names: ['tiny_imagenet_vgg', 'resnext29'], gradientNorm: 6e-3, gradientElement: 6e-3, sgd: [1e-4, 2e-2, 0.25, 0.5] },
  /** VSGD's four steps of VGG19 alone: ten such draws of resnext29 kept to 9e-3. */
  vgg19: { name: 'tiny_imagenet_vgg', vsgd: [1e-4, 2e-2, 0.4, 1] },
  runningStatistics: 1e-4,
  /**
   * One kernel against plain loops, relative to its largest output: rounding of float32 sums in another order; with float16 factors,
   * which have 11 bits, 5e-4 for each, some of it lost in sums.
   */
  kernel: { float32: 2e-5, float16: 2e-3 },
  /** Evaluation logits after one forward pass divide by running deviations near 1: like logits. */
  evaluation: 3e-4,
  /** Losses of four steps: VSGD's first steps are nearly sign steps, so that rounding of a tiny gradient moves a weight by lr either way. SGD's third in VGG19 is off by 5.3e-2 on the oracle too, by 0.18 with TensorFlow's own kernels: `deep.sgd`. */
  lossesAfterSteps: { vsgd: [1e-4, 2e-2, 0.15, 0.5], sgd: [1e-4, 5e-3, 0.1, 0.25] },
  /** Smaller losses count as this one: near 0 PyTorch in float32 itself strays from float64 by 0.2 to 0.3 of the loss (cifar100_resnet, steps 3 and 4). */
  smallLoss: 0.01,
  /** One optimizer's arithmetic over 50 steps: float32 against float64, relative to the largest element of the tensor. */
  optimizer32: 1e-5,
  optimizer64: 1e-10,
  /** The published VSGD keeps its state in float32 whatever the parameters are, so that float64 cannot agree more closely. */
  vsgd64: 1e-6,
} as const;
