import type { Executor } from '../src/compute/executor.ts';
import { formatProfile } from '../src/compute/format-profile.ts';
import { profileTrainingStep } from '../src/nn/transformer/profile-step.ts';
import type { Engine } from './engine.ts';

/** Lower bounds that decide only what is skipped: SwiftShader and the TypeScript twins. */
const SOFTWARE_GPU_FLOPS = 2e9;
const TWIN_FLOPS = 0.7e9;
const WASM_FLOPS = 2e10;

/** One of our executors as an engine. */
export function ownEngine(name: string, executor: Executor): Engine {
  const { kind, name: adapter } = executor.profile;
  return {
    name,
    group: kind === 'webgpu' ? 'webgpu' : 'cpu',
    isPeer: false,
    adapter,
    expectedFlops: expectedFlops(name, executor),
    prepare: (one) => one.prepare(executor),
    profile: async ({ workload }, runs) => {
      if (workload?.kind !== 'train-step') return '';
      const { config, B, T } = workload;
      const sizes = { batch: B, length: T, runs };
      const { profile, ceilings } = await profileTrainingStep(executor, config, sizes);
      return formatProfile(profile, ceilings);
    },
    liveBytes: () => executor.memory().liveBytes,
    destroy: () => {
      executor.destroy();
    },
  };
}

function expectedFlops(name: string, { profile }: Executor): number {
  if (profile.kind === 'webgpu') return profile.isSoftware ? SOFTWARE_GPU_FLOPS : Infinity;
  return name.startsWith('wasm') ? WASM_FLOPS : TWIN_FLOPS;
}
