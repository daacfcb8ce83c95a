// What others want of the trainer: lines of the host on standard input, signals, and the loss of the host. The strongest wish wins and stays.
import { hostMessage, type HostMessage } from '#contract';

export type Requests = {
  /** Whether the loop shall end, and how; 'stop' outweighs 'pause'. */
  ending(): 'stop' | 'pause' | null;
  /** Whether a checkpoint was asked for since the last call. */
  checkpointAsked(): boolean;
  hostLost(): boolean;
};

/** Set by a host, which then speaks on standard input; by hand or on a cluster nobody does. */
export const hosted = process.env.VSGD_LAB_HOSTED === '1';

/** Longer lines are not the host's. */
const longestLine = 1000;

function parseLine(text: string): HostMessage | null {
  try {
    return hostMessage.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // no JSON: not the host's
  }
}

/** The end of the input means that the host is gone. */
function listenToHost(take: (message: HostMessage) => void, lost: () => void): void {
  let rest = '';
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-longestLine);
    for (const message of lines.map(parseLine)) if (message) take(message);
  }).on('end', lost).on('error', lost);
}

/** @param lost one int32 shared with the watchdog, 1 once the host is gone */
export function listenForRequests(lost: Int32Array): Requests {
  let ending: 'stop' | 'pause' | null = null;
  let checkpoint = false;
  const take = ({ type }: HostMessage): void => {
    if (type === 'checkpoint') checkpoint = true;
    else if (ending !== 'stop') ending = type;
  };
  if (hosted) listenToHost(take, () => Atomics.store(lost, 0, 1));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { ending = 'stop'; });
  const hostLost = () => Atomics.load(lost, 0) !== 0;
  return {
    ending: () => (hostLost() ? 'stop' : ending),
    checkpointAsked() {
      const asked = checkpoint;
      checkpoint = false;
      return asked;
    },
    hostLost,
  };
}
