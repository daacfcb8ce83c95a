// The layer operations' kernels: names, inputs, attributes, outputs. An engine may bring a fused kernel for any of them;
// where it brings none, the reference made of tfjs operations runs. All images are NHWC float32; pads are [before, after],
// alike in both directions; `F` stands for a filter [kh, kw, inChannels / groups, outChannels] (HWIO).
//
// | kernel | inputs | attributes | outputs |
// |---|---|---|---|
// | LabConv2D | x, filter, bias? | stride, pads, groups | y |
// | LabConv2DInputGradient | dy, filter | stride, pads, groups, inputShape | dx |
// | LabConv2DFilterGradient | x, dy | stride, pads, groups, filterShape | dF |
// | LabBiasGradient | dy [..., C] | | db [C] |
// | LabDepthwiseConv2D | x, filter [kh, kw, C], bias? | pads (stride 1) | y |
// | LabDepthwiseConv2DInputGradient | dy, filter | pads | dx |
// | LabDepthwiseConv2DFilterGradient | x, dy | pads, filterShape | dF |
// | LabBatchNormTraining | x, gamma, beta | eps | y, mean [C], variance [C] (biased) |
// | LabBatchNormGradient | dy, x, gamma, mean, variance | eps | dx, dgamma, dbeta |
// | LabBatchNormInference | x, gamma, beta, mean, variance | eps | y |
// | LabRunningStatistics | runningMean, runningVariance, mean, variance | momentum, count | newMean, newVariance (unbiased: n/(n-1)) |
// | LabGelu / LabGeluGradient | x / dy, x | | y / dx (exact, erf) |
// | LabRelu / LabReluGradient | x / dy, y | | y / dx |
// | LabMaxPool2D / LabMaxPool2DGradient | x / dy, x, y | size, stride, pads | y / dx (the first maximum in row-major order takes it) |
// | LabAveragePool2D / …Gradient | x / dy | size, stride (/ inputShape) | y / dx (no padding) |
// | LabGlobalAveragePool / …Gradient | x / dy [N, C] | (/ inputShape) | y [N, C] / dx |
// | LabLinear | x [N, in], weight [out, in], bias? | | y [N, out] |
// | LabLinearInputGradient | dy, weight | | dx |
// | LabLinearWeightGradient | x, dy | | dW [out, in] |
// | LabSoftmaxCrossEntropy | logits [N, K], labels int32 [N] (-1: left out) | | loss [] (mean), probabilities [N, K], correct [] (count) |
// | LabSoftmaxCrossEntropyGradient | dloss [], probabilities, labels | | dlogits |
// | LabGradientControl | loss, hyper [2] = maxNorm, skipThreshold (0: off), g0, g1, … | count | control [3] = norm, scale, apply |
// | LabVsgdUpdate | parameter, gradient, mu, bg, bhg, hyper [10], control | | parameter, mu, bg, bhg |
// | LabAdamUpdate | parameter, gradient, m, v, hyper [8], control | decoupled (AdamW) | parameter, m, v |
// | LabSgdUpdate | parameter, gradient, buffer, hyper [6], control | nesterov | parameter, buffer |
//
// control: norm is the global L2 norm before clipping; scale = min(1, maxNorm / (norm + 1e-6)) as torch.nn.utils.clip_grad_norm_,
// 1 where maxNorm is 0; apply is 0 where the loss or the norm is NaN or norm >= skipThreshold > 0, else 1. An update with apply 0 copies its
// state through. Updates use scale · gradient.
// hyper of VSGD: lr, 1 - lr·weight_decay, rho1, rho2, 1 / pa2, pbg2, pbhg2, eps, sg0, sh0; the last two are pbg2 / (pa2 - 1) and
// pbhg2 / (pa2 - 1) at t = 1, when bg and bhg are zero, and 0 later: sg = sg0 + bg / pa2, sh = sh0 + bhg / pa2.
// hyper of Adam: lr / (1 - beta1^t), weight_decay (AdamW: 1 - lr·weight_decay), beta1, 1 - beta1, beta2, 1 - beta2, 1 / sqrt(1 - beta2^t), eps.
// hyper of SGD: lr, weight_decay, momentum, 1 - dampening (1 at the first step, when the buffer takes the gradient), 0, 0.
// Quotients and differences of numbers near 1 are made in float64 on the host.
//
// Besides these, engines must provide tfjs's own Reshape, Identity, Add, AddN, Multiply, Fill, ZerosLike, OnesLike, Sum, Cast,
// which gradients and sums of branches use.

/** Names of the layer operations' kernels. */
export const kernelNames = [
  'LabConv2D', 'LabConv2DInputGradient', 'LabConv2DFilterGradient', 'LabBiasGradient',
  'LabDepthwiseConv2D', 'LabDepthwiseConv2DInputGradient', 'LabDepthwiseConv2DFilterGradient',
  'LabBatchNormTraining', 'LabBatchNormGradient', 'LabBatchNormInference', 'LabRunningStatistics',
  'LabGelu', 'LabGeluGradient', 'LabRelu', 'LabReluGradient',
  'LabMaxPool2D', 'LabMaxPool2DGradient', 'LabAveragePool2D', 'LabAveragePool2DGradient',
  'LabGlobalAveragePool', 'LabGlobalAveragePoolGradient',
  'LabLinear', 'LabLinearInputGradient', 'LabLinearWeightGradient',
  'LabSoftmaxCrossEntropy', 'LabSoftmaxCrossEntropyGradient',
  'LabGradientControl', 'LabVsgdUpdate', 'LabAdamUpdate', 'LabSgdUpdate',
] as const;
export type KernelName = (typeof kernelNames)[number];

/** Pads before and after, alike for height and width. */
export type Pads = [before: number, after: number];
export type Conv2DAttributes = { stride: number; pads: Pads; groups: number };
export type PoolAttributes = { size: number; stride: number; pads: Pads };
export type BatchNormAttributes = { eps: number };
export type RunningStatisticsAttributes = { momentum: number; count: number };
