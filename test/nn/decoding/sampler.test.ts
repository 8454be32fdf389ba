import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { createSampler } from '../../../src/nn/decoding/sampler.ts';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { uploadWeights } from '../../../src/nn/transformer/device-weights.ts';
import { Workspace } from '../../../src/nn/graph/plan.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import {
  checkFrequencies,
  checkGreedy,
  checkIndependence,
  checkNonFiniteSampling,
  checkStop,
  sampleDefault,
} from '../../support/models/sampler.ts';
import { TINY } from '../../support/models/training.ts';

describe('sampling on the CPU executor', () => {
  it('takes the largest logit at temperature 0', async () => {
    await checkGreedy(createCpuExecutor());
  });

  it('draws from softmax(logits / temperature)', async () => {
    await checkFrequencies(createCpuExecutor());
  });

  it('draws the same for a user in whatever company', async () => {
    await checkIndependence(createCpuExecutor());
  });

  it('ends a continuation at its stop token', async () => {
    await checkStop(createCpuExecutor());
  });

  it('draws the same where the table lies in ranges of rows', async () => {
    const executor = createCpuExecutor();
    // 600 x 16 floats do not fit: 512 rows do.
    const profile = { ...executor.profile, limits: { maxStorageBufferBindingSize: 32768 } };
    const limited = Object.create(executor, { profile: { value: profile } }) as typeof executor;
    expect(await sampleDefault(limited)).toEqual(await sampleDefault(executor));
  });

  it('draws in WebAssembly what the twins draw', () =>
    withWasm({}, async (wasm) => {
      expect(await sampleDefault(wasm)).toEqual(await sampleDefault(createCpuExecutor()));
      await checkFrequencies(wasm);
      await checkNonFiniteSampling(wasm);
    }));

  it('refuses logits that are not finite', async () => {
    await checkNonFiniteSampling(createCpuExecutor());
  });

  it.each([
    [{ temperature: -1 }, 'invalid-argument'],
    [{ temperature: NaN }, 'invalid-argument'],
    [{ samples: 0 }, 'invalid-argument'],
    [{ stopToken: TINY.vocabSize }, 'invalid-argument'],
    [{ length: 30 }, 'limit-exceeded'],
  ])('refuses %o', async (changes, code) => {
    const executor = createCpuExecutor();
    const scope = new BufferScope(executor);
    const views = uploadWeights(scope, TINY, initialParameters(TINY, 1));
    const ropeTable = scope.floats('rope', TINY.maxPositions * TINY.headWidth);
    const sizes = { users: 1, length: 8, samples: 1, maxTokens: 4, temperature: 1, stopToken: 2 };
    const workspace = new Workspace(executor);
    await expect(
      createSampler(executor, workspace, TINY, views, { ropeTable }, { ...sizes, ...changes }),
    ).rejects.toMatchObject({ code });
    scope.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });
});
