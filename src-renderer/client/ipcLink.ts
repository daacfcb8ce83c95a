// A link of tRPC's client over the desktop shell's bridge: one text per message, answers found by their id.
import { TRPCClientError, type Operation, type TRPCLink } from '@trpc/client';
import { observable, type Observer } from '@trpc/server/observable';
import type { Bridge, WireReply, WireRequest } from '#contract';
import type { AppRouter } from '#router';

type Results = Observer<{ result: { type?: 'data'; data: unknown } | { type: 'started' } }, TRPCClientError<AppRouter>>;
type Call = { operation: Operation; results: Results };

/** Gives one reply on to whoever called. */
function deliver(reply: WireReply, { operation, results }: Call): void {
  if (reply.type === 'error') results.error(TRPCClientError.from<AppRouter>({ error: reply.error as never }));
  else if (reply.type === 'started') results.next({ result: { type: 'started' } });
  else if (reply.type === 'done') results.complete();
  else {
    results.next({ result: { type: 'data', data: reply.data } });
    if (operation.type !== 'subscription') results.complete();
  }
}

const isLast = (reply: WireReply, { operation }: Call): boolean => reply.type === 'done' || reply.type === 'error' || (reply.type === 'data' && operation.type !== 'subscription');

/** Makes the link; it listens for as long as the page lives. */
export function ipcLink(bridge: Bridge): TRPCLink<AppRouter> {
  return () => {
    const calls = new Map<number, Call>();
    let newest = 0;
    const send = (request: WireRequest) => bridge.send(JSON.stringify(request));
    const stop = (id: number) => { if (calls.delete(id)) send({ type: 'stop', id }); };
    bridge.listen((text) => {
      const reply = JSON.parse(text) as WireReply;
      const call = calls.get(reply.id);
      if (!call) return;
      if (isLast(reply, call)) calls.delete(reply.id);
      deliver(reply, call);
    });
    return ({ op }) => observable((observer) => {
      newest += 1;
      const id = newest;
      const results = observer as unknown as Results;
      const abort = () => {
        stop(id);
        results.error(TRPCClientError.from<AppRouter>(new DOMException('The call was cancelled.', 'AbortError')));
      };
      calls.set(id, { operation: op, results });
      send({ type: 'call', id, kind: op.type, path: op.path, input: op.input });
      op.signal?.addEventListener('abort', abort, { once: true });
      if (op.signal?.aborted) abort();
      return () => {
        op.signal?.removeEventListener('abort', abort);
        stop(id);
      };
    });
  };
}
