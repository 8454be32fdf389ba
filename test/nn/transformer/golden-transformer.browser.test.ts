import { describe, expect, it } from 'vitest';
import {
  checkGoldenGradients,
  checkGoldenLogits,
  checkGoldenSteps,
  type GoldenExpected,
  type GoldenFolder,
} from '../../support/models/golden-transformer.ts';
import { withGpu } from '../../support/machine/gpu.ts';

// Empty where ../shared is absent: the suite is then skipped by name.
const root = '../../../../shared/golden/transformer';
const configs = import.meta.glob<unknown>('../../../../shared/golden/transformer/*/config.json', {
  import: 'default',
});
const answers = import.meta.glob<GoldenExpected>(
  '../../../../shared/golden/transformer/*/expected.json',
  { import: 'default' },
);
const files = import.meta.glob<string>(
  '../../../../shared/golden/transformer/*/model.safetensors',
  {
    query: '?url',
    import: 'default',
  },
);

async function folder(name: string): Promise<GoldenFolder> {
  const config = await configs[`${root}/${name}/config.json`]?.();
  const expected = await answers[`${root}/${name}/expected.json`]?.();
  const url = await files[`${root}/${name}/model.safetensors`]?.();
  if (expected === undefined || url === undefined) throw new Error(`golden folder ${name}`);
  const weights = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return { name, config, expected, weights };
}

const names = Object.keys(configs).map((path) => path.split('/').at(-2) ?? '');

describe.skipIf(names.length === 0)('golden transformers on WebGPU (needs ../shared)', () => {
  it.each(names)('%s: logits, gradients and five AdamW steps', async (name) => {
    const golden = await folder(name);
    await withGpu(async (executor) => {
      expect(executor.profile.kind).toBe('webgpu');
      await checkGoldenLogits(executor, golden);
      await checkGoldenGradients(executor, golden);
      await checkGoldenSteps(executor, golden);
    });
  });
});
