// Names as people write them.

const titles: Record<string, string> = { 'tiny-imagenet': 'Tiny ImageNet', cifar100: 'CIFAR-100', cifar10: 'CIFAR-10', mnist: 'MNIST', shapes: 'Shapes' };

/** A data set's name: of its catalog entry (tiny-imagenet-200), its configuration (tiny_imagenet) or its cache (shapes-400-100-0.15-28). */
export function datasetTitle(name: string): string {
  const plain = name.replaceAll('_', '-');
  const known = Object.keys(titles).find((start) => plain === start || plain.startsWith(`${start}-`));
  return known === undefined ? name : (titles[known] as string);
}

/** A text in two, so that it can be cut in the middle: before its last words, of at most `end` letters. One that is short, or without words, has no second part. */
export function inTwo(text: string, end: number): [string, string] {
  const from = text.length - end;
  const next = from > 4 ? text.slice(from - 1).search(/[\s_/-][^\s_/-]/) : -1;
  const at = next < 0 ? text.length : from + next;
  return [text.slice(0, at), text.slice(at)];
}
