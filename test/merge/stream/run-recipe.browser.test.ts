import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { elementCount } from '../../../src/core/layout.ts';
import { directoryOutput } from '../../../workers/merge-files/directory-output.ts';
import { prepareRecipe, runRecipe } from '../../../src/merge/stream/run-recipe.ts';
import { expectedTensor, finder, merged, resultTensor } from './checkpoints.ts';
import { modelFiles, SHAPES, valuesOf } from './model-files.ts';

const MODELS = {
  base: modelFiles(1),
  a: modelFiles(2, { dtype: 'BF16', shards: 2 }),
  b: modelFiles(3, { dtype: 'F16' }),
};
const TIES =
  'merge_method: ties\nbase_model: base\nmodels: [{ model: a }, { model: b }]\n' +
  'parameters: { weight: 0.5, density: 0.6 }\n';

describe('merging files in the browser', () => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await sharedGpu();
  });
  afterAll(() => {
    executor.destroy();
  });

  it('gives on WebGPU what merging arenas gives, and frees everything', async () => {
    const before = executor.memory().liveBytes;
    const { output } = await merged(TIES, MODELS, { executor });
    expect(executor.memory().liveBytes).toBe(before);
    for (const [name, shape] of Object.entries(SHAPES)) {
      const own = (seed: number, dtype: 'F32' | 'F16' | 'BF16') =>
        valuesOf(seed, name, elementCount(shape), dtype);
      const request = {
        method: 'ties',
        parameters: { weight: 0.5, density: 0.6 },
        base: own(1, 'F32'),
        models: [own(2, 'BF16'), own(3, 'F16')],
      };
      expect(resultTensor(output, name)).toEqual(
        await expectedTensor(executor, shape, request, { name }),
      );
    }
  });

  it('writes a folder of the browser: complete, or not at all', async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('merge-test', { recursive: true }).catch(() => undefined);
    const folder = await root.getDirectoryHandle('merge-test', { create: true });
    const cpu = createCpuExecutor();
    const names = async () => {
      const found: string[] = [];
      for await (const name of folder.keys()) found.push(name);
      return found.sort();
    };
    const run = async (signal?: AbortSignal): Promise<void> => {
      const prepared = await prepareRecipe(TIES, finder(MODELS));
      const output = await directoryOutput(folder, true);
      const stepOutput = () => directoryOutput(folder, false);
      await runRecipe(prepared, { executor: cpu, output, stepOutput, signal });
    };
    await expect(run(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    expect(await names()).toEqual([]);
    await run();
    const files = ['README.md', 'config.json', 'mergekit_config.yml', 'model.safetensors'];
    expect(await names()).toEqual(files);
    await expect(run()).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect(await names()).toEqual(files);
    await root.removeEntry('merge-test', { recursive: true });
  });

  it('steps get folders of their own, never one that was there', async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('merge-steps', { recursive: true }).catch(() => undefined);
    const folder = await root.getDirectoryHandle('merge-steps', { create: true });
    const mine = await folder.getDirectoryHandle('step-1.part', { create: true });
    await mine.getFileHandle('thesis.txt', { create: true });
    const steps = [await directoryOutput(folder, false), await directoryOutput(folder, false)];
    for (const step of steps) await (await step.create('config.json')).close();
    for (const step of steps) await step.discard();
    const left: string[] = [];
    for await (const name of folder.keys()) left.push(name);
    for await (const name of mine.keys()) left.push(name);
    expect(left).toEqual(['step-1.part', 'thesis.txt']);
    await root.removeEntry('merge-steps', { recursive: true });
  });
});
