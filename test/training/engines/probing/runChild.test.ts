// Children that answer, crash, hang or are ended: each is an outcome in words.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answerMark, runChild } from '../../../../src-main/training/engines/probing/runChild.ts';
import { scratchFolder } from '#test/scratch.ts';

function program(text: string): string {
  const file = join(scratchFolder(), 'child.mjs');
  writeFileSync(file, text);
  return file;
}
const run = (text: string, timeoutMs = 60_000) => runChild({ program: program(text), request: { n: 2 }, timeoutMs });

test('the answer is the marked line, whatever else is printed', async () => {
  const lines: string[] = [];
  const text = `console.log('a library speaks'); console.log('${answerMark}' + JSON.stringify(JSON.parse(process.argv[2]).n * 2));`;
  expect(await runChild({ program: program(text), request: { n: 2 }, timeoutMs: 60_000, onLine: (line) => lines.push(line) })).toEqual({ answer: 4 });
  expect(lines).toContain('a library speaks');
});

test('a crash, an exit, rubbish and silence are told with what was last said', async () => {
  expect(await run('console.error("no driver"); process.exitCode = 3;')).toMatchObject({ failure: expect.stringMatching(/exit code 3\. It said: no driver/) as string });
  expect(await run('process.kill(process.pid, "SIGABRT"); setInterval(() => {}, 1000);')).toMatchObject({ failure: expect.stringContaining('crashed with SIGABRT') as string });
  expect(await run(`console.log('${answerMark}{')`)).toMatchObject({ failure: expect.stringContaining('exit code 0') as string });
  expect(await run('setInterval(() => {}, 1000);', 300)).toMatchObject({ failure: expect.stringContaining('did not answer within') as string });
});

test('it is ended when asked', async () => {
  const ending = new AbortController();
  const running = runChild({ program: program('setInterval(() => {}, 1000);'), request: null, timeoutMs: 60_000, signal: ending.signal });
  ending.abort();
  await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
});
