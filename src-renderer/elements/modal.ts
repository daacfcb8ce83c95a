// The browser's own modal dialog, which keeps the focus in, closes on Escape and gives the focus back. It tells of its end a task too late:
// a key pressed in between would find it still open, and the news would close the dialog that this key opened.

export type Modal = { /** Closes it, gives the focus back and says so. */ shut(): void; /** The same without a word, for one that is taken away. */ leave(): void };

/** Shows `dialog`; `onclose` is told at most once, at the moment of Escape, of a press beside the dialog, or of `shut`. */
export function showModal(dialog: HTMLDialogElement, onclose: () => void): Modal {
  let gone = false;
  function leave(): void {
    gone = true;
    dialog.close();
  }
  function shut(): void {
    if (gone) return;
    leave();
    onclose();
  }
  dialog.addEventListener('cancel', (event) => { if (event.target === dialog) shut(); }); // a file input inside has a cancel of its own, which bubbles
  dialog.addEventListener('close', shut);
  dialog.addEventListener('click', (event) => { if (event.target === dialog) shut(); });
  dialog.showModal();
  return { shut, leave };
}
