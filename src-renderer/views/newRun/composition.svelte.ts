// What the form's overrides compose to. They are composed once typing has paused; `settled` waits for that answer.
import { client, explain, type Outputs } from '../../client/client.ts';
import { latest } from '../../client/latest.ts';
import { isSweep } from './overrides.ts';

type View = Outputs['configuration']['compose'];
type Asked = { overrides: string[]; multirun: boolean };
const pauseMs = 150;

const failed = (error: unknown): View => ({ config: null, yaml: null, experiment: null, runs: [], optimizers: {}, datasets: [], warnings: [], faults: [{ index: null, error: { code: 'INTERNAL', message: explain(error).message, place: {} } as never }] });

/** Created while a component is, for as long as that lives. */
export class Composition {
  /** The newest answer; null before the first. */
  view: View | null = $state.raw(null);
  /** The newest configuration that could be composed: a fault while typing does not empty the form. */
  config: View['config'] = $state.raw(null);
  /** What `view` answers. */
  asked: Asked = $state.raw({ overrides: [], multirun: false });
  readonly #overrides: () => string[];
  #waiting: (() => void)[] = [];

  /** `overrides`: a new list with every change. */
  constructor(overrides: () => string[]) {
    this.#overrides = overrides;
    $effect(() => {
      const asked = { overrides: overrides(), multirun: overrides().some(isSweep) };
      let stop = (): void => {};
      const timer = setTimeout(() => {
        stop = latest(client.configuration.compose.query(asked), (view) => this.#take(asked, view), (error) => this.#take(asked, failed(error)));
      }, pauseMs);
      return () => {
        clearTimeout(timer);
        stop();
      };
    });
  }

  /** `view` answers what the form shows now. */
  get current(): boolean { return this.view !== null && this.asked.overrides === this.#overrides(); }

  /** Resolves once `view` answers what the form shows. */
  settled(): Promise<void> {
    return this.current ? Promise.resolve() : new Promise((resolve) => { this.#waiting.push(resolve); });
  }

  #take(asked: Asked, view: View): void {
    [this.view, this.asked, this.config] = [view, asked, view.config ?? this.config];
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
