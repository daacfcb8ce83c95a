// The one router: every procedure that the app, the browser and tests call. It knows no transport.
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { createCallerFactory, router } from './base.ts';
import { configurationRouter } from './configuration.ts';
import { curvesRouter } from './curves.ts';
import { datasetsRouter } from './datasets.ts';
import { liveRouter } from './live.ts';
import { compareRouter, exportsRouter } from './results.ts';
import { runsRouter } from './runs.ts';
import { enginesRouter, settingsRouter, systemRouter } from './system.ts';

export { labErrorOf, type RouterContext } from './base.ts';

export const appRouter = router({
  runs: runsRouter, curves: curvesRouter, live: liveRouter, configuration: configurationRouter, datasets: datasetsRouter,
  compare: compareRouter, exports: exportsRouter, engines: enginesRouter, settings: settingsRouter, system: systemRouter,
});
export type AppRouter = typeof appRouter;
export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;

/** Calls procedures in this process. */
export const createCaller = createCallerFactory(appRouter);

export type ProcedureKind = 'query' | 'mutation' | 'subscription';

/** Every procedure's dotted path and kind. */
export function listProcedures(): { path: string; type: ProcedureKind }[] {
  const flat = appRouter._def.procedures as unknown as Record<string, { _def: { type: ProcedureKind } }>;
  return Object.entries(flat).map(([path, { _def }]) => ({ path, type: _def.type }));
}
