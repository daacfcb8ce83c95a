// The text of a field while somebody types in it: what comes meanwhile does not write over what is typed.

export class HeldText {
  #held = $state<string | null>(null);

  /** What stands in the field: `text`, or what it was when the hand came. */
  shown(text: string): string {
    return this.#held ?? text;
  }

  /** Somebody is in the field. */
  get holding(): boolean {
    return this.#held !== null;
  }

  /** The hand has come, or has typed. */
  hold(text: string): void {
    this.#held = text;
  }

  /** What was typed is taken over, or the hand has gone. */
  release(): void {
    this.#held = null;
  }
}
