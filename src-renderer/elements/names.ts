// Names as people write them.

const titles: Record<string, string> = { 'tiny-imagenet': 'Tiny ImageNet', cifar100: 'CIFAR-100', cifar10: 'CIFAR-10', mnist: 'MNIST', shapes: 'Shapes' };

/** A data set's name: of its catalog entry (tiny-imagenet-200), its configuration (tiny_imagenet) or its cache (shapes-400-100-0.15-28). */
export function datasetTitle(name: string): string {
  const plain = name.replaceAll('_', '-');
  const known = Object.keys(titles).find((start) => plain === start || plain.startsWith(`${start}-`));
  return known === undefined ? name : (titles[known] as string);
}
