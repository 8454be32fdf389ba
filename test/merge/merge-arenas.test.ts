import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { mergeArenas } from '../../src/merge/arenas/merge-arenas.ts';
import { arena, tensorsOf } from './suites/arenas.ts';
import { describeMerging } from './suites/merge-suite.ts';

const executor = createCpuExecutor();

describe('merging on the CPU executor', () => {
  describeMerging(() => executor);
});

describe('mergeArenas refuses', () => {
  const layout = tensorsOf([10]);
  const model = arena(layout, 1);
  const merge = (changes: Partial<Parameters<typeof mergeArenas>[2]>) =>
    mergeArenas(executor, layout, {
      method: 'ties',
      parameters: {},
      base: model,
      models: [model, model],
      ...changes,
    });

  it('an unknown method, naming the known ones', async () => {
    await expect(merge({ method: 'tise' })).rejects.toMatchObject({
      code: 'invalid-argument',
      hint: expect.stringContaining('ties') as string,
    });
  });

  it('a missing base, a wrong number of models, arenas of another layout', async () => {
    await expect(merge({ base: null })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(merge({ models: [] })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(
      merge({ method: 'mmgrid_ties', models: [model, model, model] }),
    ).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(merge({ models: [model, new Float32Array(128)] })).rejects.toMatchObject({
      code: 'layout-mismatch',
    });
  });

  it('normalised weights that add up to 0', async () => {
    await expect(
      merge({ method: 'linear', parameters: { weight: [1, -1] } }),
    ).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('wrong parameters, listing all of them', async () => {
    const parameters = {
      density: [0.5],
      weight: 'heavy',
      lambda: Number.NaN,
      scope: 'layer',
      normalize: 1,
      epsilon: 0.1,
    };
    const error: unknown = await merge({ parameters }).catch((e: unknown) => e);
    const { faults } = error as { faults: { place: string }[] };
    expect(faults.map(({ place }) => place).sort()).toEqual([
      'parameters.density',
      'parameters.epsilon',
      'parameters.lambda',
      'parameters.normalize',
      'parameters.scope',
      'parameters.weight',
    ]);
  });
});
