import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/compute/executor.ts';
import type { WebGpuOptions } from '../../../src/compute/webgpu/webgpu-options.ts';
import { Graph } from '../../../src/nn/graph/graph.ts';
import type { MatmulLayout } from '../../../src/nn/ops/matmul-parts.ts';
import { emitMatmul, type MatmulSizes } from '../../../src/nn/ops/matmul.ts';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { newTrainer, stepBatch } from '../../support/models/training.ts';

/** A product of fixed numbers, with a residual, and how many dispatches it took. */
async function product(options: WebGpuOptions, layout: MatmulLayout, sizes: MatmulSizes) {
  const { M, N, K, batch = 1 } = sizes;
  const executor = await sharedGpu(options);
  const filled = (label: string, length: number) => {
    const buffer = executor.allocate(label, 'f32', length);
    executor.write(
      buffer,
      Float32Array.from({ length }, (_, i) => Math.sin(i + label.length)),
    );
    return buffer;
  };
  const views = {
    out: { buffer: filled('out', batch * M * N), offset: 0, length: batch * M * N },
    a: { buffer: filled('a', batch * M * K), offset: 0, length: batch * M * K },
    b: { buffer: filled('b', batch * K * N), offset: 0, length: batch * K * N },
    residual: { buffer: filled('residual', batch * M * N), offset: 0, length: batch * M * N },
  };
  const graph = new Graph();
  emitMatmul(graph, layout, views, sizes, 1);
  const steps = graph.steps.map((step): Step => ({ ...step, bind: views }));
  const program = await executor.prepare('product', steps);
  executor.run(program);
  const out = await executor.readFloats(views.out);
  const times = await executor.timeDispatches(program, 1);
  expect(times.ms).toHaveLength(steps.length);
  const { dispatches } = program;
  executor.destroy();
  return { out, dispatches };
}

describe('a product beyond the operations of one dispatch', () => {
  // 2 M N K batch / 250 000 parts, as far as the grid has rows and layers of workgroups.
  it.each([
    ['plain', 'nt', { M: 300, N: 68, K: 80 }, 10],
    ['plain', 'tn', { M: 300, N: 68, K: 80 }, 10],
    ['plain', 'nn', { M: 70, N: 38, K: 53, batch: 4 }, 8],
    ['plain', 'nn', { M: 10, N: 12, K: 80 }, 1],
    ['quads', 'nn', { M: 300, N: 68, K: 80 }, 14],
    ['tile32', 'tn', { M: 300, N: 68, K: 80 }, 10],
    ['tile64', 'nt', { M: 300, N: 68, K: 80 }, 5],
    ['skinny', 'nt', { M: 8, N: 68, K: 80, batch: 40 }, 14],
  ] as const)(
    '%s %s %j takes %d dispatches, with the same bits',
    async (variants, layout, sizes, wanted) => {
      const whole = await product({ variants }, layout, sizes);
      expect(whole.dispatches).toBe(1);
      const split = await product({ variants, dispatchFlops: 250_000 }, layout, sizes);
      expect(split.dispatches).toBe(wanted);
      expect(split.out).toEqual(whole.out);
    },
  );
});

describe('training', () => {
  it.each(['plain', 'hardware'])(
    'in split dispatches gives the same bits: %s',
    async (variants) => {
      const train = async (options: WebGpuOptions) => {
        const executor = await sharedGpu({ variants, ...options });
        const trainer = newTrainer(executor);
        const { plan } = await trainer.prepare({ B: 3, T: 11 });
        const { steps, dispatches } = plan.program;
        for (let i = 0; i < 2; i++) await trainer.step(stepBatch(i), 0.01);
        const stats = await trainer.flush();
        const { parameters } = await trainer.state();
        trainer.destroy();
        executor.destroy();
        return { parameters, stats, extra: dispatches - steps.length };
      };
      const whole = await train({});
      expect(whole.extra).toBe(0);
      const split = await train({ dispatchFlops: 32768 });
      expect(split.extra).toBeGreaterThan(3);
      expect(split.parameters).toEqual(whole.parameters);
      expect(split.stats).toEqual(whole.stats);
    },
    // All hardware shaders: seconds on a software adapter.
    180_000,
  );
});
