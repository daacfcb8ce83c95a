// What the system is shown of the work: taskbar, power saver, notifications, tray, menu. Stand-ins for Electron, real shapes of runs.
import { describe, expect, test, vi } from 'vitest';
import type { RunView } from '#contract';
import { createPresence, type PresenceParts } from '../../../src-main/electron/signs/presence.ts';
import { appMenu, trayMenu, type Actions } from '../../../src-main/electron/signs/menu.ts';
import { createTray, type TrayParts } from '../../../src-main/electron/signs/tray.ts';
import { progressOf } from '../../../src-main/electron/signs/work.ts';
import { mayOpen } from '../../../src-main/electron/page/origin.ts';

const run = (more: Partial<RunView> = {}) => ({ id: 'r1', name: 'vgg', state: 'running', reason: null, step: 25, totalSteps: 100, metrics: {}, ...more }) as RunView;

function presence(focused = false) {
  const [awake, progress, told]: [string[], number[], string[]] = [[], [], []];
  const opened: string[] = [];
  class Notification {
    static isSupported = () => true;
    constructor({ title, body }: { title: string; body: string }) { told.push(`${title} | ${body}`); }
    on = (_name: string, click: () => void) => click();
    show = () => {};
  }
  const parts = {
    powerSaveBlocker: { start: (kind: string) => { awake.push(kind); return 7; }, stop: (id: number) => { awake.push(`stop ${id}`); } },
    Notification, windows: () => [{ setProgressBar: (value: number) => { progress.push(value); }, isFocused: () => focused }], openRun: (id: string) => { opened.push(id); },
  };
  return { ...createPresence(parts as unknown as PresenceParts), awake, progress, told, opened };
}

test('progress is the mean share done; unknown where a run has no known end', () => {
  expect([progressOf([run(), run({ step: 75 })]), progressOf([run({ step: 500 })]), progressOf([run({ totalSteps: null })]), progressOf([])]).toEqual([0.5, 1, null, null]);
});

describe('presence (stand-in)', () => {
  test('sleep is held off exactly while something trains', () => {
    const { take, end, awake } = presence();
    for (const atWork of [[], [run()], [run(), run()], [], [run()]]) take({ atWork, ended: [] });
    end();
    end();
    expect(awake).toEqual(['prevent-app-suspension', 'stop 7', 'prevent-app-suspension', 'stop 7']);
  });

  test('the taskbar shows progress, work without a known end, and nothing', () => {
    const { take, progress } = presence();
    for (const atWork of [[run()], [run({ totalSteps: null })], []]) take({ atWork, ended: [] });
    expect(progress).toEqual([0.25, 2, -1]);
  });

  test('an end is announced with its result or its reason, and a click leads to the run', () => {
    const { take, told, opened } = presence();
    take({ atWork: [], ended: [run({ state: 'finished', metrics: { 'test/accuracy': { max: 0.7123 } as never } }), run({ id: 'r2', state: 'failed', reason: 'The trainer crashed.\nlog' })] });
    expect(told).toEqual(['Run finished | vgg: best test accuracy 71.23 %', 'Run failed | vgg: The trainer crashed.']);
    expect(opened).toEqual(['r1', 'r2']);
  });

  test('whoever looks at the app is not notified', () => {
    const { take, told } = presence(true);
    take({ atWork: [], ended: [run({ state: 'finished' })] });
    expect(told).toEqual([]);
  });
});

const actions = (): Actions => ({ go: vi.fn(), open: vi.fn(), showHome: vi.fn(), show: vi.fn(), quit: vi.fn() });

describe('menus', () => {
  test('every link of the menu may be opened; developer tools only in a checkout', () => {
    const given = actions();
    const help = appMenu(given, { mac: false, developer: false }).find(({ role }) => role === 'help');
    for (const item of help?.submenu as { click(): void }[]) item.click();
    for (const [address] of vi.mocked(given.open).mock.calls) expect([address, mayOpen(address)]).toEqual([address, true]);
    expect(given.open).toHaveBeenCalledTimes(2);
    const text = (developer: boolean) => JSON.stringify(appMenu(given, { mac: true, developer }));
    expect([text(true).includes('toggleDevTools'), text(false).includes('toggleDevTools'), text(false).includes('appMenu')]).toEqual([true, false, true]);
  });

  test('the tray lists what trains with its progress', () => {
    const given = actions();
    const [first] = trayMenu(given, [run(), run({ id: 'r2', totalSteps: null })]);
    expect(trayMenu(given, [run(), run({ totalSteps: null })]).map(({ label }) => label)).toEqual(['vgg  25 %', 'vgg  running', undefined, 'Show VSGD Lab', 'Quit']);
    (first?.click as unknown as () => void)();
    expect(given.go).toHaveBeenCalledWith('#/runs/r1');
    expect(trayMenu(given, [])[0]).toMatchObject({ label: 'Nothing is training', enabled: false });
  });
});

test('the tray makes its menu anew only when it says something new; no tray is no fault (stand-in)', () => {
  const made: unknown[] = [];
  class Tray { setToolTip = () => {}; setContextMenu = (menu: unknown) => { made.push(menu); }; on = () => {}; destroy = () => {}; }
  const parts = { Tray, Menu: { buildFromTemplate: (template: unknown) => template }, icon: '', show: () => {}, menu: (atWork: RunView[]) => trayMenu(actions(), atWork) } as unknown as TrayParts;
  const tray = createTray(parts);
  for (const step of [10, 10.2, 11, 11]) tray?.take([run({ step })]);
  expect(made).toHaveLength(2);
  class NoTray { constructor() { throw new Error('no tray here'); } }
  expect(createTray({ ...parts, Tray: NoTray as unknown as TrayParts['Tray'] })).toBeNull();
});
