// The app's menu and the tray's: plain templates, so that tests read them.
import type { MenuItemConstructorOptions } from 'electron';
import type { RunView } from '#contract';
import { progressOf } from './work.ts';

/** What menu entries do. `go`: shows a page by its hash; `open`: opens an allowed site; `quit` asks where runs train. */
export type Actions = { go(hash: string): void; open(address: string): void; showHome(): void; show(): void; quit(): void };

const project = 'https://github.com/generativeai-tue/vsgd';
const paper = 'https://arxiv.org/abs/2404.06549';

/** The application menu; `developer`: with reload and developer tools. */
export function appMenu({ go, open, showHome, quit }: Actions, { mac, developer }: { mac: boolean; developer: boolean }): MenuItemConstructorOptions[] {
  const tools: MenuItemConstructorOptions[] = developer ? [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }] : [];
  return [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File', submenu: [
        // The page has the shortcut already, in the browser too.
        { label: 'New run', accelerator: 'CmdOrCtrl+N', registerAccelerator: false, click: () => go('#/new') },
        { label: 'Data folder', click: showHome }, { type: 'separator' }, { role: 'close' },
        ...(mac ? [] : [{ label: 'Quit', accelerator: 'CmdOrCtrl+Q', click: quit }]),
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View', submenu: [
        { label: 'Runs', click: () => go('#/runs') }, { label: 'Compare', click: () => go('#/compare') }, { label: 'Data sets', click: () => go('#/datasets') }, { label: 'Settings', click: () => go('#/settings') },
        { type: 'separator' }, { role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }, ...tools,
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: 'The paper', click: () => open(paper) }, { label: 'The published code', click: () => open(project) }] },
  ];
}

const percent = (run: RunView): string => {
  const share = progressOf([run]);
  return share === null ? run.state : `${Math.floor(share * 100)} %`;
};
const mostRuns = 8;

/** The tray's menu: what trains, each with its progress. */
export function trayMenu({ show, quit, go }: Actions, atWork: RunView[]): MenuItemConstructorOptions[] {
  const runs = atWork.slice(0, mostRuns).map((run): MenuItemConstructorOptions => ({ label: `${run.name.slice(0, 60)}  ${percent(run)}`, click: () => go(`#/runs/${run.id}`) }));
  return [...(runs.length > 0 ? runs : [{ label: 'Nothing is training', enabled: false }]), { type: 'separator' }, { label: 'Show VSGD Lab', click: show }, { label: 'Quit', click: quit }];
}
