// `vsgd-lab engines …`: what can compute here, and why another cannot.
import type { Command } from 'commander';
import { LabError } from '#contract';
import { listEngines } from '#training';
import { print, printJson, table } from '../output.ts';
import type { Shared, WithLab } from './shared.ts';

export function registerEngines(program: Command, withLab: WithLab): void {
  const engines = program.command('engines').description('compute engines: check what there is');
  for (const name of ['list', 'check']) {
    engines.command(name).description('every engine, from fastest to slowest, and why it can be used or not').action(async (_options, command: Command) => {
      const flags = command.optsWithGlobals<Shared>();
      await withLab(flags, async () => {
        const list = await listEngines();
        if (flags.json) printJson(list);
        else print(table([['engine', 'usable', 'device', 'why'], ...list.map(({ name: engine, usable, device, reason }) => [engine, usable ? 'yes' : 'no', device ?? '-', reason])]));
        return 0;
      });
    });
  }
  engines.command('install').argument('<name>').description('comes with the TensorFlow engine').action((name: string) => {
    throw new LabError('USAGE', `There is no engine '${name}' to install in this version; wasm is part of it and needs nothing.`);
  });
}
