// Tells of runs that came to their end while the page is not looked at, through the browser's notifications. The desktop shell has its own.
import { describeEnd, type RunView } from '#contract';
import { bridge } from '../client/client.ts';
import { isActive } from '../elements/runFacts.ts';

/** `unknown` where there is nothing to allow: no such thing in this browser, or the shell does it. */
export const telling: { allowed: 'unknown' | NotificationPermission } = $state({ allowed: bridge || !('Notification' in globalThis) ? 'unknown' : Notification.permission });

/** Asks whoever sits there; browsers show their question only after a click. */
export async function allowTelling(): Promise<void> {
  telling.allowed = await Notification.requestPermission();
}

/** Looks at a change of a run, and tells of its end where nobody sees the page. */
export function tellEnd(before: RunView | undefined, run: RunView): void {
  const end = describeEnd(run);
  if (telling.allowed !== 'granted' || !document.hidden || end === null || !before || !isActive(before)) return;
  const note = new Notification(end.title, { body: end.body, tag: run.id });
  note.onclick = () => {
    window.focus();
    location.hash = `#/runs/${run.id}`;
  };
}
