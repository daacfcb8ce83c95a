// CSS colors for a canvas, which knows no tokens.
const known = new WeakMap<Element, HTMLElement>();

/** The color that `color` has at this element, light-dark() and var() resolved. */
export function resolveColor(element: HTMLElement, color: string): string {
  if (!color.includes('(') || color.startsWith('rgb')) return color;
  const parent = element.parentElement ?? document.body;
  let probe = known.get(parent);
  if (!probe) {
    probe = document.createElement('i');
    probe.style.display = 'none';
    parent.append(probe);
    known.set(parent, probe);
  }
  probe.style.color = color;
  return getComputedStyle(probe).color;
}
