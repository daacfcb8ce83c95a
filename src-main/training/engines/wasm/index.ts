// stub to be replaced
import type { Engine } from '../engine.ts';
export async function createWasmEngine(_options: { threads?: number } = {}): Promise<Engine> { throw new Error('not yet'); }
