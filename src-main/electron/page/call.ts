// One procedure of the router, run for a window: its values, its end or its error as replies.
import { callTRPCProcedure, getTRPCErrorFromUnknown, getTRPCErrorShape, isTrackedEnvelope, TRPCError } from '@trpc/server';
import type { WireCall, WireReply } from '#contract';
import { appRouter, listProcedures, type RouterContext } from '#router';

const known = new Map(listProcedures().map(({ path, type }) => [path, type]));

/** `signal`: nobody wants the answer any more. */
export type Caller = { context: RouterContext; reply(reply: WireReply): void; signal: AbortSignal };

async function run({ id, kind, path, input }: WireCall, { context, reply, signal }: Caller): Promise<void> {
  if (known.get(path) !== kind) throw new TRPCError({ code: 'NOT_FOUND', message: `There is no ${kind} '${path}'.` });
  const result: unknown = await callTRPCProcedure({ router: appRouter, path, getRawInput: async () => input, ctx: context, type: kind, signal, batchIndex: 0 });
  if (kind !== 'subscription') return reply({ type: 'data', id, data: result });
  reply({ type: 'started', id });
  for await (const value of result as AsyncIterable<unknown>) {
    if (signal.aborted) return;
    reply({ type: 'data', id, data: isTrackedEnvelope(value) ? { id: value[0], data: value[1] } : value });
  }
  reply({ type: 'done', id });
}

/** Runs a call to its end; never rejects. After the signal nothing is replied. */
export async function answerCall(call: WireCall, caller: Caller): Promise<void> {
  const reply = (message: WireReply) => {
    if (!caller.signal.aborted) caller.reply(message);
  };
  try {
    await run(call, { ...caller, reply });
  } catch (thrown) {
    const { id, kind, path, input } = call;
    const error = getTRPCErrorShape({ config: appRouter._def._config, ctx: caller.context, error: getTRPCErrorFromUnknown(thrown), input, path, type: kind });
    reply({ type: 'error', id, error: error as Extract<WireReply, { type: 'error' }>['error'] });
  }
}
