// Shows work to the system: progress in the taskbar or dock, sleep held off while a run trains, a notification at a run's end.
import type { BrowserWindow, Notification as SystemNotification, PowerSaveBlocker } from 'electron';
import { describeEnd, type RunView } from '#contract';
import { progressOf, type Work } from './work.ts';

export type PresenceParts = {
  powerSaveBlocker: Pick<PowerSaveBlocker, 'start' | 'stop'>;
  Notification: { new (options: { title: string; body: string }): Pick<SystemNotification, 'show' | 'on'>; isSupported(): boolean };
  windows(): Pick<BrowserWindow, 'setProgressBar' | 'isFocused'>[];
  /** A person clicked the notification of a run. */
  openRun(id: string): void;
};

/** Above 1 the bar shows work without a known end; below 0 there is none. */
const endless = 2;
const none = -1;

/** Takes each change of the work; `end` lets the system sleep again. */
export function createPresence({ powerSaveBlocker, Notification, windows, openRun }: PresenceParts): { take(work: Work): void; end(): void } {
  let blocker: number | null = null;
  const stayAwake = (needed: boolean) => {
    if (needed && blocker === null) blocker = powerSaveBlocker.start('prevent-app-suspension');
    else if (!needed && blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
  };
  const announce = (run: RunView) => {
    const end = describeEnd(run);
    if (end === null) return;
    const notification = new Notification(end);
    notification.on('click', () => openRun(run.id));
    notification.show();
  };
  return {
    take({ atWork, ended }) {
      stayAwake(atWork.length > 0);
      const progress = atWork.length === 0 ? none : (progressOf(atWork) ?? endless);
      for (const window of windows()) window.setProgressBar(progress);
      // Whoever looks at the app sees the end there.
      if (Notification.isSupported() && !windows().some((window) => window.isFocused())) ended.forEach(announce);
    },
    end: () => stayAwake(false),
  };
}
