// The tray entry: what trains, and the way back to the window.
import type { Menu as MenuClass, MenuItemConstructorOptions, Tray as SystemTray } from 'electron';
import type { RunView } from '#contract';

export type TrayParts = {
  Tray: new (icon: string) => Pick<SystemTray, 'setToolTip' | 'setContextMenu' | 'on' | 'destroy'>;
  Menu: Pick<typeof MenuClass, 'buildFromTemplate'>;
  icon: string;
  menu(atWork: RunView[]): MenuItemConstructorOptions[];
  show(): void;
};

/** Makes the entry; null on systems that have no tray. */
export function createTray({ Tray, Menu, icon, menu, show }: TrayParts): { take(atWork: RunView[]): void; end(): void } | null {
  try {
    const tray = new Tray(icon);
    tray.on('click', show);
    let shown = '';
    return {
      take(atWork) {
        const template = menu(atWork);
        const text = JSON.stringify(template);
        if (text === shown) return; // a menu that is open must not close ten times a second
        shown = text;
        tray.setToolTip(atWork.length === 0 ? 'VSGD Lab' : `VSGD Lab: ${atWork.length} training`);
        tray.setContextMenu(Menu.buildFromTemplate(template));
      },
      end: () => tray.destroy(),
    };
  } catch {
    return null; // the window works without it
  }
}
