// The HTTP and WebSocket server of the app in a browser: a shell around the router, for this computer alone unless told otherwise.
export { builtRenderer, defaultPort, startServer, type RunningServer, type ServerOptions } from './server.ts';
export { listAssets, type Asset, type Assets } from './assets.ts';
export { findServer } from './find.ts';
export { contentSecurityPolicy, securityHeaders } from './headers.ts';
export { notSignedIn, socketLimits, type SocketLimits } from './sockets.ts';
export type { Route } from './routes.ts';
