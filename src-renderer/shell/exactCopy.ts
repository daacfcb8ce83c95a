// Copies of numbers are exact: elements that show a short form carry the whole value as `data-exact`.

const cellsOf = (row: ParentNode): HTMLElement[] => [...row.querySelectorAll<HTMLElement>('th, td')];

/** The text of a cell as it is copied; nothing of one that the selection only touches. */
function textOf(cell: HTMLElement): string {
  const shown = cell.textContent.trim().replaceAll(/\s+/g, ' ');
  return shown === '' ? '' : (cell.dataset.exact ?? shown);
}

/** What a selection copies where it holds exact values: cells with tabs between them, rows as lines; null where the browser's own copy will do. */
function exactText(range: Range): string | null {
  const common = range.commonAncestorContainer;
  const within = (common instanceof Element ? common : common.parentElement)?.closest<HTMLElement>('[data-exact]');
  if (within) return range.toString().trim() === within.textContent.trim() ? textOf(within) : null;
  const part = range.cloneContents();
  if (part.querySelector('[data-exact]') === null) return null;
  const rows = [...part.querySelectorAll('tr')];
  return (rows.length > 0 ? rows : [part]).map((row) => cellsOf(row).map(textOf).join('\t').trim()).filter((line) => line !== '').join('\n');
}

/** Answers the page's copy event. */
export function copyExact(event: ClipboardEvent): void {
  const selection = getSelection();
  const field = event.target instanceof Element && event.target.closest('input, textarea') !== null;
  if (field || selection === null || selection.isCollapsed) return;
  const text = exactText(selection.getRangeAt(0));
  if (text === null) return;
  event.preventDefault();
  event.clipboardData?.setData('text/plain', text);
}
