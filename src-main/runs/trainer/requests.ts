// What others want of the trainer: messages from the host, signals, and the loss of the parent. The strongest wish wins and stays.
import { hostMessage } from '#contract';

export type Requests = {
  /** Whether the loop shall end, and how; 'stop' outweighs 'pause'. */
  ending(): 'stop' | 'pause' | null;
  /** Whether a checkpoint was asked for since the last call. */
  checkpointAsked(): boolean;
  parentLost(): boolean;
};

/** @param lost one int32 shared with the watchdog, 1 once the parent is gone */
export function listenForRequests(lost: Int32Array): Requests {
  let ending: 'stop' | 'pause' | null = null;
  let checkpoint = false;
  process.on('message', (raw) => {
    const parsed = hostMessage.safeParse(raw);
    if (!parsed.success) return;
    const { type } = parsed.data;
    if (type === 'checkpoint') checkpoint = true;
    else if (ending !== 'stop') ending = type;
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { ending = 'stop'; });
  process.on('disconnect', () => Atomics.store(lost, 0, 1));
  const parentLost = () => Atomics.load(lost, 0) !== 0;
  return {
    ending: () => (parentLost() ? 'stop' : ending),
    checkpointAsked() {
      const asked = checkpoint;
      checkpoint = false;
      return asked;
    },
    parentLost,
  };
}
