// A person's own presets: overrides under a name, in HOME/presets.json.
import { join } from 'node:path';
import { z } from 'zod';
import { composeRun, parseOverride } from '#config';
import { checkPlainName, LabError } from '#contract';
import { readJson, writeFileAtomically } from '#runs';
import type { Lab } from './lab.ts';

const presetSchema = z.strictObject({ name: z.string().trim().min(1).max(80), overrides: z.array(z.string().max(10_000)).max(1000) });
export type Preset = z.infer<typeof presetSchema>;

const fileOf = ({ home }: Lab): string => join(home.root, 'presets.json');

/** Presets by name. @throws LabError CONFIG_INVALID where the file was edited into something else */
export function listPresets(lab: Lab): Preset[] {
  const file = fileOf(lab);
  try {
    return z.array(presetSchema).parse(readJson(file, { follow: true }) ?? []);
  } catch (cause) {
    throw new LabError('CONFIG_INVALID', `${file} cannot be read: ${cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)}. Mend it, or delete it to begin anew.`, { place: { file }, cause });
  }
}

function write(lab: Lab, presets: Preset[]): Preset[] {
  const sorted = presets.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  writeFileAtomically(fileOf(lab), [JSON.stringify(sorted, null, 2), '\n']);
  return sorted;
}

/** Saves overrides that compose, in place of a preset of the same name. @throws LabError of the configuration */
export function savePreset(lab: Lab, preset: Preset): Preset[] {
  checkPlainName('name of a preset', preset.name);
  const parsed = presetSchema.parse(preset);
  for (const text of parsed.overrides) parseOverride(text);
  if (!parsed.overrides.some((text) => text.includes(','))) composeRun({ overrides: parsed.overrides }); // a sweep's values are checked when it starts
  return write(lab, [...listPresets(lab).filter(({ name }) => name !== parsed.name), parsed]);
}

/** Forgets a preset. @throws LabError NOT_FOUND */
export function removePreset(lab: Lab, name: string): Preset[] {
  const all = listPresets(lab);
  if (!all.some((preset) => preset.name === name)) throw new LabError('NOT_FOUND', `There is no preset '${name}'.`);
  return write(lab, all.filter((preset) => preset.name !== name));
}
