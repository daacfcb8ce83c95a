// Everything that the engine calls.
export { add, addParts, control, copy, fill, gather, gelu, geluAndSlope, geluGradient, multiply, relu, reluGradient, squares, sumOver, toFloat, toInteger } from './elementwise';
export { affine, affine2, batchStatistics, channelSums, gradientStatistics, joinChunks, joinSums, knownStatistics, runningStatistics } from './channels';
export { depthwiseAny, depthwiseFilterAny } from './depthwise';
export { depthwise3, depthwise5, depthwise7, depthwiseFilter3, depthwiseFilter5, depthwiseFilter7 } from './generated';
export { matrix, outer, setScratch } from './matrix';
export { softmaxCrossEntropy, softmaxCrossEntropyGradient } from './loss';
export { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from './pooling';
export { fitColumns, packPanels, packRows, padImages, turnFilter } from './packing';
export { adam, sgd, vsgd } from './updates';
export { winogradFilterGradients, winogradFilters, winogradGradients, winogradInputs, winogradOutputs } from './winograd';
