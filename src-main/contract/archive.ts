// Where programs of the packaged app lie: Electron reads its archive, a plain Node only what stands beside it.

/** The path of a file of ours for a program that is no Electron; unchanged outside a package. */
export const outsideArchive = (path: string): string => path.replace(/([\\/]app\.asar)(?=[\\/])/, '$1.unpacked');
