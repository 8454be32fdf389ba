import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  checkGoldenGradients,
  checkGoldenLogits,
  checkGoldenSteps,
  type GoldenFolder,
} from '../../support/models/golden-transformer.ts';

const root = '../shared/golden/transformer';
const hasGolden = existsSync(root);

function folder(name: string): GoldenFolder {
  const text = (file: string) => readFileSync(join(root, name, file), 'utf8');
  return {
    name,
    config: JSON.parse(text('config.json')),
    expected: JSON.parse(text('expected.json')) as GoldenFolder['expected'],
    weights: new Uint8Array(readFileSync(join(root, name, 'model.safetensors'))),
  };
}

const names = hasGolden
  ? readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  : [];

describe.skipIf(!hasGolden)('golden transformers on the CPU executor (needs ../shared)', () => {
  it('finds all folders', () => {
    expect(names.length).toBeGreaterThanOrEqual(3);
  });
  it.each(names)('%s: logits, gradients and five AdamW steps', async (name) => {
    const executor = createCpuExecutor();
    await checkGoldenLogits(executor, folder(name));
    await checkGoldenGradients(executor, folder(name));
    await checkGoldenSteps(executor, folder(name));
    expect(executor.memory().liveBytes).toBe(0);
  });
});
