import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Calibration, CalibrationMemory } from '../../src/compute/webgpu/calibrate.ts';
import { sha256Hex } from '../../src/core/hash.ts';

/**
 * Measured kernel choices as files, so that a run starts with what an earlier one has measured, and
 * with the same choices: another variant may round otherwise. What cannot be read counts as none.
 */
export function calibrationFiles(folder: string): CalibrationMemory {
  const pathOf = async (key: string) => join(folder, `${(await sha256Hex(key)).slice(0, 32)}.json`);
  return {
    async load(key) {
      const text = readFileSync(await pathOf(key), 'utf8');
      const kept = JSON.parse(text) as { key?: unknown; calibration?: unknown };
      return kept.key === key ? kept.calibration : undefined;
    },
    async save(key: string, calibration: Calibration) {
      const path = await pathOf(key);
      mkdirSync(folder, { recursive: true });
      // Several processes may measure at the same time; none may read what another is still writing.
      const partial = `${path}.${process.pid}.part`;
      writeFileSync(partial, JSON.stringify({ key, calibration }));
      renameSync(partial, path);
    },
  };
}
