// A client of the router in a stand-in for a window of the desktop app.
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { onTestFinished } from 'vitest';
import type { AppRouter, RouterContext } from '#router';
import { attachIpc } from '../../src-main/electron/page/ipc.ts';
import { ipcLink } from '../../src-renderer/client/ipcLink.ts';
import { createStandInIpc } from './electron.ts';

export function createWindowClient(context: RouterContext): TRPCClient<AppRouter> {
  const { ipcMain, openPage } = createStandInIpc();
  const detach = attachIpc(ipcMain, context);
  const page = openPage();
  onTestFinished(() => {
    page.close();
    detach();
  });
  return createTRPCClient<AppRouter>({ links: [ipcLink(page.bridge)] });
}
