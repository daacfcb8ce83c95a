// Softmax cross entropy over integer labels: one chunk does all rows (a batch of logits is small).
import { get, put } from './lanes';

export function softmaxCrossEntropy(chunk: i32, rows: i32, classes: i32, logits: usize, labels: usize, loss: usize, probabilities: usize, correct: usize): void {
  let total: f64 = 0;
  let counted = 0, hits = 0;
  for (let row = 0; row < rows; row++) {
    let at = row * classes;
    let largest: f32 = get(logits, at), first = 0;
    for (let k = 1; k < classes; k++) if (get(logits, at + k) > largest) { largest = get(logits, at + k); first = k; }
    let sum: f64 = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(<f64>get(logits, at + k) - <f64>largest);
    for (let k = 0; k < classes; k++) put(probabilities, at + k, <f32>(Math.exp(<f64>get(logits, at + k) - <f64>largest) / sum));
    let label = load<i32>(labels + (<usize>row << 2));
    if (label < 0) continue;
    counted++;
    if (label == first) hits++;
    total += <f64>largest + Math.log(sum) - <f64>get(logits, at + label);
  }
  put(loss, 0, <f32>(total / counted));
  put(correct, 0, <f32>hits);
}

export function softmaxCrossEntropyGradient(chunk: i32, rows: i32, classes: i32, dloss: usize, probabilities: usize, labels: usize, dlogits: usize): void {
  let counted = 0;
  for (let row = 0; row < rows; row++) if (load<i32>(labels + (<usize>row << 2)) >= 0) counted++;
  let scale = get(dloss, 0) / <f32>counted;
  for (let row = 0; row < rows; row++) {
    let label = load<i32>(labels + (<usize>row << 2));
    for (let k = 0; k < classes; k++) {
      let p = get(probabilities, row * classes + k) - (k == label ? 1 : 0);
      put(dlogits, row * classes + k, label < 0 ? 0 : scale * p);
    }
  }
}
