import { viewOf } from '../../src/compute/executor.ts';
import { Graph } from '../../src/nn/graph/graph.ts';
import { emitMatmul } from '../../src/nn/ops/matmul.ts';
import { compilePlan, Workspace } from '../../src/nn/graph/plan.ts';
import { ProductInputs, type MatmulLayout } from '../product-inputs.ts';
import type { BenchCase, BenchSuite, Size } from '../suite.ts';
import type { MatmulWorkload } from '../workload.ts';

/** Copies of the product in one program: a training step also sends many at once. */
const COPIES = 4;

/** a . b for square sizes, which peers run too, and the products of a training step in our layouts. */
export const suite: BenchSuite = {
  name: 'matmul',
  cases: [
    square('nano', 256),
    square('small', 512),
    square('medium', 1024),
    square('large', 2048),
    square('large', 4096),
    // Head of the d 64 step: forward, gradient of the input, gradient of the weights.
    matmul('nano', 'nt', { kind: 'matmul', M: 1024, N: 1024, K: 64 }),
    matmul('nano', 'nn', { kind: 'matmul', M: 1024, N: 64, K: 1024 }),
    matmul('nano', 'tn', { kind: 'matmul', M: 1024, N: 64, K: 1024 }),
    // Gate and up of the d 128 step.
    matmul('small', 'nt', { kind: 'matmul', M: 1024, N: 704, K: 128 }),
    matmul('small', 'tn', { kind: 'matmul', M: 704, N: 128, K: 1024 }),
    // Gate and up of the d 512 step.
    matmul('large', 'nt', { kind: 'matmul', M: 2048, N: 2752, K: 512 }),
    matmul('large', 'nn', { kind: 'matmul', M: 2048, N: 512, K: 2752 }),
    matmul('large', 'tn', { kind: 'matmul', M: 2752, N: 512, K: 2048 }),
  ],
};

function square(size: Size, n: number): BenchCase {
  const workload: MatmulWorkload = { kind: 'matmul', M: n, N: n, K: n };
  return { ...matmul(size, 'nn', workload), name: `matmul ${n} x ${n} x ${n}`, workload };
}

function matmul(size: Size, layout: MatmulLayout, workload: MatmulWorkload): BenchCase {
  const { M, N, K } = workload;
  const flops = 2 * M * N * K;
  return {
    name: `matmul ${layout} ${M} x ${N} x ${K}`,
    size,
    unit: 'GFLOP/s',
    flops,
    async prepare(executor) {
      const inputs = new ProductInputs(workload, layout);
      const workspace = new Workspace(executor);
      const a = executor.allocate('a', 'f32', M * K);
      const b = executor.allocate('b', 'f32', K * N);
      const outs = Array.from({ length: COPIES }, () => executor.allocate('out', 'f32', M * N));
      const compile = async (count: number) => {
        const graph = new Graph();
        for (const out of outs.slice(0, count)) {
          const operands = { out: viewOf(out), a: viewOf(a), b: viewOf(b) };
          emitMatmul(graph, layout, operands, { M, N, K }, 0);
        }
        return (await compilePlan('bench matmul', graph, executor, workspace)).program;
      };
      const [single, several] = [await compile(1), await compile(COPIES)];
      const poison = new Float32Array(M * N).fill(Number.NaN);
      let written = outs[0];
      return {
        async begin(round) {
          inputs.refresh(round);
          executor.write(a, inputs.a);
          executor.write(b, inputs.b);
          for (const out of outs) executor.write(out, poison);
          await executor.idle();
        },
        async round(repeats) {
          written = outs[repeats < COPIES ? 0 : COPIES - 1];
          for (let i = 0; i < Math.floor(repeats / COPIES); i++) executor.run(several);
          for (let i = 0; i < repeats % COPIES; i++) executor.run(single);
          await executor.idle();
          return (repeats * flops) / 1e9;
        },
        async end() {
          if (written !== undefined) inputs.check(await executor.readFloats(written));
        },
        dispose() {
          for (const program of [single, several]) program.destroy();
          for (const buffer of [a, b, ...outs]) executor.free(buffer);
          workspace.destroy();
        },
      };
    },
  };
}
