import { expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { Graph, valueOf } from '../../../src/nn/graph/graph.ts';
import { clickLoss } from '../../../src/nn/ops/click-loss.ts';
import { mergeColumnSums } from '../../../src/nn/ops/column-sums.ts';
import { rmsnorm } from '../../../src/nn/ops/rmsnorm.ts';
import { compilePlan, Workspace } from '../../../src/nn/graph/plan.ts';

const ROWS = 70;
const WIDTH = 72;

/** Gradients of a chain of norms with the weights at these offsets, and its kernels. */
async function gradients(offsets: readonly number[], isMerging: boolean) {
  const executor = createCpuExecutor();
  const [weights, sums] = ['weights', 'gradients'].map((label) =>
    executor.allocate(label, 'f32', 1024),
  );
  if (weights === undefined || sums === undefined) throw new Error('no buffers');
  const random = new RandomStream(3, 'norms');
  const normals = (length: number) => Float32Array.from({ length }, () => random.nextNormal());
  executor.write(weights, normals(1024));
  const graph = new Graph();
  const x = graph.keep(graph.value('x', ROWS * WIDTH));
  const seed = graph.keep(graph.value('seed', ROWS * WIDTH));
  const parameter = (offset: number) => ({
    weight: viewOf(weights, offset, WIDTH),
    gradient: viewOf(sums, offset, WIDTH),
  });
  const sizes = { rows: ROWS, width: WIDTH, eps: 1e-6 };
  const out = offsets.reduce((value, at) => rmsnorm(graph, value, parameter(at), sizes), x);
  graph.seedGradient(out, seed);
  graph.backward();
  if (isMerging) {
    mergeColumnSums(graph, (data) => {
      const table = executor.allocate('table', 'u32', data.length);
      executor.write(table, data);
      return viewOf(table);
    });
  }
  const workspace = new Workspace(executor);
  const plan = await compilePlan('norms', graph, executor, workspace);
  for (const value of [x, seed]) {
    const { buffer, offset } = plan.viewOf(value);
    executor.write(buffer, normals(ROWS * WIDTH), offset);
  }
  executor.run(plan.program);
  return {
    sums: await executor.readFloats(sums),
    kernels: graph.steps.map(({ kernel }) => kernel.name).filter((name) => name.includes('column')),
  };
}

it('adds all column sums in one dispatch, with the bits of one dispatch each', async () => {
  const offsets = [0, 128, 640];
  const apart = await gradients(offsets, false);
  const merged = await gradients(offsets, true);
  expect(apart.kernels).toEqual(['column_sum', 'column_sum', 'column_sum']);
  expect(merged.kernels).toEqual(['column_sums']);
  expect(merged.sums).toEqual(apart.sums);
  expect(merged.sums.filter((value) => value !== 0).length).toBe(3 * WIDTH);
});

it('leaves two sums into one gradient apart: they would race', async () => {
  const apart = await gradients([128, 128], false);
  const merged = await gradients([128, 128], true);
  expect(merged.kernels).toEqual(['column_sum', 'column_sum']);
  expect(merged.sums).toEqual(apart.sums);
});

it('leaves a sum apart whose matrix is read by a step that writes another one', () => {
  const executor = createCpuExecutor();
  const buffer = executor.allocate('buffer', 'f32', 1024);
  const labels = executor.allocate('labels', 'i32', 8);
  const graph = new Graph();
  const parameter = (offset: number, length: number) => ({
    weight: viewOf(buffer, offset, length),
    gradient: viewOf(buffer, 512 + offset, length),
  });
  const x = graph.keep(graph.value('x', 8 * 12));
  const inputs = { labels: viewOf(labels), hyper: viewOf(buffer, 256, 16) };
  clickLoss(graph, x, parameter(0, 12), parameter(64, 1), inputs, { rows: 8, width: 12 });
  mergeColumnSums(graph, () => viewOf(buffer));
  for (const { kernel, bind } of graph.steps) {
    const values = kernel.bindings.map(({ name, access }) => {
      return { access, value: valueOf(bind[name] ?? viewOf(buffer)) };
    });
    const written = values.filter(({ access }) => access === 'read_write');
    for (const { value } of values.filter(({ access }) => access === 'read')) {
      expect(written.every((other) => other.value === null || other.value !== value)).toBe(true);
    }
  }
});
