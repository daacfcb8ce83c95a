// Gradient control and the optimizers' updates: our own kernels on the CPU, otherwise the same put together from TensorFlow's
// operations. Formulas and the meaning of `hyper` and `control`: operations/vocabulary.ts.
import type { Sink, Update, UpdateKind, Value } from '../tensorflow/sink.ts';
import { arithmetic, cast, compare, element, input, one, scalar, select, T, type Kernel } from './algebra.ts';

const operations: Record<UpdateKind, string> = { vsgd: 'LabVsgdUpdate', adam: 'LabAdamUpdate', adamw: 'LabAdamwUpdate', sgd: 'LabSgdUpdate', nesterov: 'LabNesterovUpdate' };

/** New parameter and slots, from old ones, the scaled gradient and the hyper numbers. */
type Formula = (sink: Sink, states: Value[], numbers: { gradient: Value; hyper: (index: number) => Value }) => Value[];

const vsgd: Formula = (sink, [w, mu, bg, bhg], { gradient: g, hyper }) => {
  const { add, sub, mul, div, sqrt, square } = arithmetic(sink);
  const [lr, decay, rho1, rho2, inverse, pbg2, pbhg2, eps, sg0, sh0] = Array.from({ length: 10 }, (_, index) => hyper(index)) as [Value, Value, Value, Value, Value, Value, Value, Value, Value, Value];
  const [sg, sh] = [add(mul(bg!, inverse), sg0), add(mul(bhg!, inverse), sh0)];
  const total = add(sg, sh);
  // Shares of the whole come before products, and differences before squares: nothing overflows or cancels.
  const doubt = div(sh, total);
  const mean = add(mul(g, div(sg, total)), mul(mu!, doubt));
  const spread = mul(sg, doubt);
  const blend = (old: Value, rho: Value, fresh: Value) => add(mul(old, sub(1, rho)), mul(fresh, rho));
  const seen = (prior: Value, other: Value) => add(add(spread, prior), square(sub(mean, other)));
  return [
    sub(mul(w!, decay), div(mul(mean, lr), add(sqrt(add(spread, square(mean))), eps))),
    mean,
    blend(bg!, rho1, seen(pbg2, mu!)),
    blend(bhg!, rho2, seen(pbhg2, g)),
  ];
};

const adam = (decoupled: boolean): Formula => (sink, [w, m, v], { gradient: g, hyper }) => {
  const { add, sub, mul, div, sqrt, square } = arithmetic(sink);
  const [rate, decay, beta1, rest1, beta2, rest2, inverse, eps] = Array.from({ length: 8 }, (_, index) => hyper(index)) as [Value, Value, Value, Value, Value, Value, Value, Value];
  const gradient = decoupled ? g : add(g, mul(w!, decay));
  const mean = add(mul(m!, beta1), mul(gradient, rest1));
  const second = add(mul(v!, beta2), mul(square(gradient), rest2));
  return [sub(decoupled ? mul(w!, decay) : w!, div(mul(mean, rate), add(mul(sqrt(second), inverse), eps))), mean, second];
};

const sgd = (nesterov: boolean): Formula => (sink, [w, buffer], { gradient: g, hyper }) => {
  const { add, sub, mul } = arithmetic(sink);
  const [lr, decay, momentum, rest] = Array.from({ length: 4 }, (_, index) => hyper(index)) as [Value, Value, Value, Value];
  const gradient = add(g, mul(w!, decay));
  const moved = add(mul(buffer!, momentum), mul(gradient, rest));
  return [sub(w!, mul(nesterov ? add(gradient, mul(moved, momentum)) : moved, lr)), moved];
};

const formulas: Record<UpdateKind, Formula> = { vsgd, adam: adam(false), adamw: adam(true), sgd: sgd(false), nesterov: sgd(true) };

/** Runs one update where it stands. */
export function runUpdate(sink: Sink, { kind, states, gradient, hyper, control }: Update): Value[] {
  const [parameter, ...slots] = states as [Value, ...Value[]];
  if (sink.traits.own) {
    return sink.run({ op: operations[kind], inputs: [parameter, gradient, ...slots, hyper, control], outputs: states.map(({ shape, dtype }) => ({ shape, dtype })) });
  }
  const apply = compare(sink, 'Greater', [element(sink, control, 2), scalar(sink, 0)]);
  const scaled = arithmetic(sink).mul(gradient, element(sink, control, 1));
  const renewed = formulas[kind](sink, states, { gradient: scaled, hyper: (index) => element(sink, hyper, index) });
  return renewed.map((value, index) => select(sink, apply, [value, states[index] as Value]));
}

const update = (slots: string[], kindOf: (attributes: Record<string, boolean>) => UpdateKind): Kernel<Record<string, boolean>> => (sink, inputs, attributes) => sink.update({
  kind: kindOf(attributes),
  states: ['parameter', ...slots].map((name) => input(inputs, name)),
  gradient: input(inputs, 'gradient'), hyper: input(inputs, 'hyper'), control: input(inputs, 'control'),
});

export const vsgdUpdate = update(['mu', 'bg', 'bhg'], () => 'vsgd');
export const adamUpdate = update(['m', 'v'], ({ decoupled }) => (decoupled ? 'adamw' : 'adam'));
export const sgdUpdate = update(['buffer'], ({ nesterov }) => (nesterov ? 'nesterov' : 'sgd'));

export const gradientControl: Kernel<{ count: number }> = (sink, inputs, { count }) => {
  const [loss, hyper] = [input(inputs, 'loss'), input(inputs, 'hyper')];
  const gradients = Array.from({ length: count }, (_, index) => input(inputs, `g${index}`));
  if (sink.traits.own) return [one(sink, { op: 'LabGradientControl', inputs: [loss, hyper, ...gradients], attributes: { N: { int: count } }, shape: [3] })];
  const { add, mul, div, min, sqrt } = arithmetic(sink);
  // L2Loss is half the sum of squares.
  const halves = gradients.map((gradient) => one(sink, { op: 'L2Loss', inputs: [gradient], attributes: { T }, shape: [] }));
  const half = halves.length === 0 ? scalar(sink, 0) : one(sink, { op: 'AddN', inputs: halves, attributes: { N: { int: halves.length }, T }, shape: [] });
  const norm = sqrt(mul(half, 2));
  const [limit, threshold, zero] = [element(sink, hyper, 0), element(sink, hyper, 1), scalar(sink, 0)];
  const scale = select(sink, compare(sink, 'Greater', [limit, zero]), [min(div(limit, add(norm, 1e-6)), 1), scalar(sink, 1)]);
  // A comparison with NaN is false: below the threshold (or any number, where there is none) is what a good norm is.
  const good = (value: Value, bound: Value) => cast(sink, compare(sink, 'Less', [value, bound]), 'float32');
  const bound = select(sink, compare(sink, 'Greater', [threshold, zero]), [threshold, scalar(sink, Infinity)]);
  const finite = (value: Value) => one(sink, { op: 'LogicalNot', inputs: [one(sink, { op: 'IsNan', inputs: [value], attributes: { T }, shape: value.shape, dtype: 'bool' })], shape: value.shape, dtype: 'bool' });
  const skips = mul(cast(sink, compare(sink, 'Greater', [threshold, zero]), 'float32'), add(1, mul(good(norm, bound), -1)));
  const apply = mul(cast(sink, finite(loss), 'float32'), cast(sink, finite(norm), 'float32'), add(1, mul(skips, -1)));
  return [one(sink, { op: 'Pack', inputs: [norm, scale, apply], attributes: { N: { int: 3 }, T, axis: { int: 0 } }, shape: [3] })];
};

