import { afterAll, describe, it } from 'vitest';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { createWebGpuExecutor } from '../../../src/compute/webgpu/create-webgpu-executor.ts';
import {
  initialBehaviour,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import { clickModel } from '../../../src/nn/behaviour-model/click-model.ts';
import { dinModel } from '../../../src/nn/din-model/din-model.ts';
import { createKernelThread } from '../../../workers/machine/kernel-thread.ts';
import { expectClose } from '../../support/ops/check-op.ts';
import { DIN_CLICKS, DIN_CONFIG, dinArena } from '../../support/models/din.ts';
import { GradientBench } from '../../support/ops/gradient-bench.ts';

/** Both ways of attention, with all inputs that the head can have. */
const BEHAVIOUR: BehaviourConfig = {
  ...{ items: 20, features: DIN_CONFIG.features, numeric: 2, width: 16 },
  ...{ moments: [{ name: 'hour', values: 4 }], layers: 2, heads: 2, maxPositions: 8 },
};
const BIDIRECTIONAL: BehaviourConfig = { ...BEHAVIOUR, attention: 'bidirectional' };

/** Larger than at the start, so that nothing is almost 0. */
const behaviourArena = () => initialBehaviour(BEHAVIOUR, true, 3).map((value) => 8 * value);

const MODELS = [
  ['deep interest network', dinModel(DIN_CONFIG), dinArena()],
  ['causal click model', clickModel(BEHAVIOUR), behaviourArena()],
  ['bidirectional click model', clickModel(BIDIRECTIONAL), behaviourArena()],
] as const;

const EXECUTORS: readonly (readonly [string, Executor])[] = [
  ['WebGPU, software shaders', await createWebGpuExecutor({ variants: 'software' })],
  ['WebGPU, hardware shaders', await createWebGpuExecutor({ variants: 'hardware' })],
  [
    'WebAssembly, two threads',
    await createWasmExecutor({ threads: 2, createThread: createKernelThread }),
  ],
];

afterAll(() => {
  for (const [, executor] of EXECUTORS) executor.destroy();
});

describe.each(EXECUTORS)('%s', (_, executor) => {
  it.each(MODELS)('%s: loss and gradients as in float64', async (_name, model, arena) => {
    const oracle = new GradientBench(new CpuExecutor('f64'), model);
    const bench = new GradientBench(executor, model);
    const want = await oracle.run(arena, DIN_CLICKS);
    const got = await bench.run(arena, DIN_CLICKS);
    expectClose([got.loss], [want.loss], { absolute: 0, relative: 2e-5 }, 'loss');
    expectClose(got.gradient, want.gradient, { absolute: 2e-5, relative: 1e-3 }, 'gradients');
    oracle.destroy();
    bench.destroy();
    await executor.idle();
  });
});
