// More than fifty of a kind at once: small curves of folded sweeps, edits of chosen runs, notices beside the bars that are needed next.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDocument } from '#contract';
import { createRunDirectory, newRunId, openHome } from '#runs';
import { enqueueRuns, openLab } from '#services';
import { createAppender, getRun, insertRun, openDatabase } from '#store';
import { join } from 'node:path';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { createLabHome } from '../helpers/lab.ts';

const [sweeps, members, steps] = [8, 9, 12];

/** Finished runs in sweeps, put into the database of a running server at once. */
function fill(home: string): void {
  const scratch = createLabHome();
  const other = openLab(scratch.home);
  const template = JSON.parse(getRun(other.database, enqueueRuns(other, { overrides: ['experiment=quickstart', 'train.seed=1,2'], multirun: true })[0]!.id)!.document) as RunDocument;
  other.close();
  scratch.remove();
  const { database } = openDatabase(join(home, 'lab.db'));
  database.transaction(() => {
    const append = createAppender(database);
    for (let sweep = 0; sweep < sweeps; sweep += 1) {
      const sweepId = newRunId();
      for (let member = 0; member < members; member += 1) {
        const id = newRunId();
        const document = { ...template, id, name: `sweep ${sweep} run ${member}`, seed: member, sweep: { ...template.sweep!, id: sweepId } };
        createRunDirectory(openHome(home), document);
        insertRun(database, document);
        append(id, Array.from({ length: steps }, (_, index) => ({ key: 'test/accuracy', step: index + 1, time: 1.7e12 + index, value: (index + member) / 30 })));
      }
    }
    database.prepare("UPDATE runs SET state = 'finished', step = ?, total_steps = ?, started_at = created_at, ended_at = created_at").run(steps, steps);
  })();
  database.close();
}

describe.skipIf(chromiumPath === null)('many runs in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  const refused: string[] = [];
  beforeAll(async () => {
    app = await openBrowserLab();
    fill(app.lab.home);
    app.page.on('response', (response) => { if (response.status() >= 400) refused.push(`${response.status()} ${response.url().slice(0, 120)}`); });
  }, 120_000);
  afterAll(() => app.close());

  test('every folded sweep has all its small curves', async () => {
    const { page } = app;
    await page.goto('about:blank');
    await page.goto(`${app.address}/#/runs?group=sweep`);
    await expect.poll(() => page.locator('tbody tr svg[viewBox="0 0 80 20"] path').count()).toBe(sweeps * members);
    expect(refused).toEqual([]);
  });

  test('more than fifty runs are starred, tagged and put into the trash at once; no notice covers the bar', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/runs?group=none`);
    await page.getByLabel('Select all').check();
    await page.getByText(`${sweeps * members} runs`, { exact: true }).waitFor();
    for (const size of [{ width: 1440, height: 900 }, { width: 900, height: 700 }]) {
      await page.setViewportSize(size);
      await page.getByRole('toolbar', { name: 'Selected runs' }).getByRole('button', { name: 'Star' }).click();
      await page.locator('.notice').last().waitFor();
      const boxes = await page.locator('.notice').evaluateAll((notices) => notices.map((notice) => notice.getBoundingClientRect().toJSON() as DOMRect));
      for (const place of [page.getByRole('toolbar', { name: 'Selected runs' }), page.locator('tbody').first(), page.getByRole('link', { name: 'New run' })]) {
        const box = (await place.boundingBox())!;
        const shown = { ...box, height: Math.min(box.y + box.height, (await page.getByRole('toolbar', { name: 'Selected runs' }).boundingBox())!.y + 48) - box.y };
        for (const notice of boxes) expect(notice.x < shown.x + shown.width && notice.x + notice.width > shown.x && notice.y < shown.y + shown.height && notice.y + notice.height > shown.y, JSON.stringify([size, notice, shown])).toBe(false);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('toolbar', { name: 'Selected runs' }).getByRole('button', { name: 'Tag', exact: true }).click();
    await page.keyboard.type('many');
    await page.keyboard.press('Enter');
    await page.locator('.notice', { hasText: `Tagged ${sweeps * members} runs many.` }).waitFor();
    expect(refused).toEqual([]);
  });
});
