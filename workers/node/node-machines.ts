import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../src/compute/executor.ts';
import type { LoadKernels } from '../../src/compute/wasm/flavour.ts';
import type { KernelThread } from '../../src/compute/wasm/thread.ts';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { toAppError } from '../../src/core/errors.ts';
import type { Machines } from '../machine/choose-machine.ts';
import { openNodeWebGpu } from './node-webgpu.ts';

export interface NodeMachineOptions {
  /** Of the CPU executor, with its own. */
  readonly threads: number;
  /** Part of the name of the GPU to take; null: the fastest. */
  readonly adapter: string | null;
  /** Folder of what was measured of GPUs before; absent: each opening measures anew. */
  readonly calibrations?: string;
  readonly createThread: () => KernelThread;
  /** Absent: from the bundle that holds this code. */
  readonly loadKernels?: LoadKernels;
}

/** The machines of a program in Node, for the rule that all hosts share. */
export function nodeMachines(options: NodeMachineOptions): Machines {
  return {
    webgpu: () => openNodeWebGpu(options.adapter, options.calibrations ?? null),
    cpu: () => openNodeCpu(options),
    imitation: {
      reason: 'There is no hardware GPU, only an imitation, many times slower than the CPU.',
      hint: 'The CPU computes; --executor webgpu takes the imitation all the same.',
    },
  };
}

/** Kernels in WebAssembly; their twins in JavaScript where Node has no SIMD for it. */
async function openNodeCpu({
  threads,
  createThread,
  loadKernels,
}: NodeMachineOptions): Promise<Executor> {
  try {
    return await createWasmExecutor({
      threads,
      createThread,
      ...(loadKernels !== undefined && { loadKernels }),
    });
  } catch (thrown) {
    if (toAppError(thrown).code !== 'wasm-unavailable') throw thrown;
    return createCpuExecutor();
  }
}
