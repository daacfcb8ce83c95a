// The public face of #installer: engines that are installed besides the program.
export type { Flavour, InstallContext, InstallTools } from './context.ts';
export { installTensorflow, newestTested, type InstallInput, type InstallResult } from './install.ts';
export { bringBack, discardDownloads, emptyTrash, engineName, folderBytes, putAway, readPending, type PendingInstall } from './installed.ts';
