// The HTTP and WebSocket server of the app in a browser: a shell around the router, for this computer alone unless told otherwise.
export { defaultPort, startServer, type RunningServer, type ServerOptions } from './server.ts';
export { contentSecurityPolicy } from './headers.ts';
export { notSignedIn, socketLimits, type SocketLimits } from './sockets.ts';
export type { Route } from './routes.ts';
