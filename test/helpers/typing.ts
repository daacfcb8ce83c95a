// Typing as people do: into the focused field, one key after the other, over what is there; and reading back what was started.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';

/** Clicks a field and types over its text. The focus stays in it. */
export async function typeOver(page: Page, field: Locator, text: string): Promise<void> {
  await field.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** Replaces a field's text by pasting. */
export async function pasteOver(page: Page, field: Locator, text: string): Promise<void> {
  await field.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text); // as a paste: one input event with all of it
}

export type StartedRun = { id: string; name: string; tags: string[]; overrides: string[]; engine: string; config: { train: Record<string, unknown>; dataset: { data_module: Record<string, unknown> } } };

/** The run.json of every run in a home, oldest first. */
export function startedRuns(home: string): StartedRun[] {
  const folder = join(home, 'runs');
  return readdirSync(folder).sort().filter((id) => existsSync(join(folder, id, 'run.json'))).map((id) => JSON.parse(readFileSync(join(folder, id, 'run.json'), 'utf8')) as StartedRun);
}
