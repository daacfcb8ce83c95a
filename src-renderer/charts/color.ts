// CSS colors for a canvas, which knows no tokens.
const known = new WeakMap<Element, HTMLElement>();
const dark = matchMedia('(prefers-color-scheme: dark)');
const resolved = new Map<string, string>(); // a look at a computed style costs, and a chart asks for each curve at each update

/** The color that `color` has at this element, light-dark() and var() resolved. */
export function resolveColor(element: HTMLElement, color: string): string {
  if (!color.includes('(') || color.startsWith('rgb')) return color;
  const name = `${document.documentElement.dataset.theme} ${dark.matches} ${color}`;
  const found = resolved.get(name);
  if (found) return found;
  const parent = element.parentElement ?? document.body;
  let probe = known.get(parent);
  if (!probe) {
    probe = document.createElement('i');
    probe.style.display = 'none';
    parent.append(probe);
    known.set(parent, probe);
  }
  probe.style.color = color;
  const shown = getComputedStyle(probe).color;
  resolved.set(name, shown);
  return shown;
}
