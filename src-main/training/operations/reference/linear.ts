// References of the linear layer and of softmax cross entropy.
import { operand, zeros, type Reference } from './define.ts';

export const linear: Reference = (inputs) => {
  const [x, weight, bias] = [operand(inputs, 'x'), operand(inputs, 'weight'), inputs.bias];
  const [rows = 0, depth = 0] = x.shape;
  const outputs = weight.shape[0] ?? 0;
  const y = zeros([rows, outputs]);
  for (let index = 0; index < y.values.length; index += 1) {
    const [row, output] = [Math.floor(index / outputs), index % outputs];
    let sum = bias === undefined ? 0 : (bias.values[output] as number);
    for (let k = 0; k < depth; k += 1) sum += (x.values[row * depth + k] as number) * (weight.values[output * depth + k] as number);
    y.values[index] = sum;
  }
  return [y];
};

/** c[i, j] = Σ_k a(i, k) · b(k, j) in float64. */
function product(shape: [number, number], depth: number, term: (i: number, j: number, k: number) => number) {
  const result = zeros(shape);
  for (let index = 0; index < result.values.length; index += 1) {
    let sum = 0;
    for (let k = 0; k < depth; k += 1) sum += term(Math.floor(index / shape[1]), index % shape[1], k);
    result.values[index] = sum;
  }
  return result;
}

export const linearInputGradient: Reference = (inputs) => {
  const [dy, weight] = [operand(inputs, 'dy'), operand(inputs, 'weight')];
  const [outputs = 0, depth = 0] = weight.shape;
  return [product([dy.shape[0] ?? 0, depth], outputs, (i, j, k) => (dy.values[i * outputs + k] as number) * (weight.values[k * depth + j] as number))];
};

export const linearWeightGradient: Reference = (inputs) => {
  const [x, dy] = [operand(inputs, 'x'), operand(inputs, 'dy')];
  const [rows = 0, depth = 0] = x.shape;
  const outputs = dy.shape[1] ?? 0;
  return [product([outputs, depth], rows, (i, j, k) => (dy.values[k * outputs + i] as number) * (x.values[k * depth + j] as number))];
};

export const softmaxCrossEntropy: Reference = (inputs) => {
  const [logits, labels] = [operand(inputs, 'logits'), operand(inputs, 'labels')];
  const [rows = 0, classes = 0] = logits.shape;
  const [loss, probabilities, correct] = [zeros([]), zeros([rows, classes]), zeros([])];
  let [total, counted, hits] = [0, 0, 0];
  for (let row = 0; row < rows; row += 1) {
    const line = Array.from(logits.values.subarray(row * classes, (row + 1) * classes));
    const largest = Math.max(...line);
    const sum = line.reduce((all, value) => all + Math.exp(value - largest), 0);
    line.forEach((value, k) => { probabilities.values[row * classes + k] = Math.exp(value - largest) / sum; });
    const label = labels.values[row] as number;
    if (label < 0) continue;
    counted += 1;
    total += largest + Math.log(sum) - (line[label] as number);
    if (line.indexOf(largest) === label) hits += 1;
  }
  loss.values[0] = total / counted;
  correct.values[0] = hits;
  return [loss, probabilities, correct];
};

export const softmaxCrossEntropyGradient: Reference = (inputs) => {
  const [dloss, probabilities, labels] = [operand(inputs, 'dloss'), operand(inputs, 'probabilities'), operand(inputs, 'labels')];
  const [rows = 0, classes = 0] = probabilities.shape;
  const counted = labels.values.reduce((count, label) => count + (label >= 0 ? 1 : 0), 0);
  const dlogits = zeros([rows, classes]);
  const scale = (dloss.values[0] as number) / counted;
  for (let index = 0; index < dlogits.values.length; index += 1) {
    const label = labels.values[Math.floor(index / classes)] as number;
    if (label >= 0) dlogits.values[index] = scale * ((probabilities.values[index] as number) - (index % classes === label ? 1 : 0));
  }
  return [dlogits];
};
