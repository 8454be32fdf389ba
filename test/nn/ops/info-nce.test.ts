import { describe, expect, it } from 'vitest';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import { Graph } from '../../../src/nn/graph/graph.ts';
import { infoNce, LARGEST_LOGIT_SCALE } from '../../../src/nn/ops/info-nce.ts';
import { compilePlan, Workspace } from '../../../src/nn/graph/plan.ts';

const ROWS = 16;
const WIDTH = 4;

/** Unit vectors in a plane, by angle. */
const at = (angle: number) => [Math.cos(angle), Math.sin(angle), 0, 0];

/**
 * All 16 rows alike: a user at angle 0, a target and samples at the given angles.
 * @returns the loss of a row and the gradient of the scale
 */
async function run(target: number, samples: readonly number[], scale: number, threshold = 0.99) {
  const executor = new CpuExecutor('f64');
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  const graph = new Graph();
  const floats = (label: string, values: readonly number[]) => {
    const buffer = scope.floats(label, values.length);
    executor.write(buffer, Float64Array.from(values));
    return buffer;
  };
  const rows = <T>(row: readonly T[]) => Array.from({ length: ROWS }, () => row).flat();
  const u = graph.keep(graph.value('u', ROWS * WIDTH));
  const candidates = graph.keep(graph.value('candidates', (ROWS + samples.length) * WIDTH));
  const gradient = floats('gradient', [0]);
  const targets = scope.allocate('targets', 'i32', ROWS);
  const loss = infoNce(
    graph,
    u,
    candidates,
    { weight: viewOf(floats('scale', [scale])), gradient: viewOf(gradient) },
    { targets: viewOf(targets), hyper: viewOf(floats('hyper', [1 / ROWS])) },
    { rows: ROWS, samples: samples.length, width: WIDTH, threshold },
  );
  graph.keep(loss);
  const plan = await compilePlan('info-nce', graph, executor, workspace);
  const put = (value: typeof u, values: readonly number[]) => {
    const { buffer, offset } = plan.viewOf(value);
    executor.write(buffer, Float64Array.from(values), offset);
  };
  put(u, rows(at(0)));
  put(candidates, [...rows(at(target)), ...samples.flatMap(at)]);
  executor.run(plan.program);
  const losses = Array.from(executor.numbers(plan.viewOf(loss)));
  const dScale = executor.numbers(viewOf(gradient))[0] ?? NaN;
  plan.program.destroy();
  workspace.destroy();
  scope.destroy();
  expect(new Set(losses).size).toBe(1);
  return { loss: losses[0] ?? NaN, dScale };
}

/** Written as a sum of exponentials, with the samples that compete listed by hand. */
function byHand(target: number, competing: readonly number[], s: number): number {
  const all = [target, ...competing].map((angle) => Math.exp(s * Math.cos(angle)));
  return -Math.log((all[0] ?? NaN) / all.reduce((sum, e) => sum + e, 0));
}

describe('InfoNCE', () => {
  it('is the cross-entropy of scaled cosines', async () => {
    const { loss } = await run(0.7, [0.2, 2, 3], Math.log(10));
    expect(loss).toBeCloseTo(byHand(0.7, [0.2, 2, 3], 10), 12);
  });

  it('leaves samples out that are almost the target', async () => {
    // cos 0.1 = 0.995, cos 0.2 = 0.980; the target itself is among the samples.
    const samples = [0.7, 0.8, 0.9, 2];
    const { loss } = await run(0.7, samples, Math.log(10));
    expect(loss).toBeCloseTo(byHand(0.7, [0.9, 2], 10), 12);
    const strict = await run(0.7, samples, Math.log(10), 0.95);
    expect(strict.loss).toBeCloseTo(byHand(0.7, [2], 10), 12);
    const none = await run(0.7, samples, Math.log(10), 2);
    expect(none.loss).toBeCloseTo(byHand(0.7, samples, 10), 12);
    expect((await run(0.7, [0.7], 1)).loss).toBe(0);
  });

  it('clamps the scale to [1, 100]', async () => {
    expect((await run(0.7, [2], 9)).loss).toBeCloseTo(byHand(0.7, [2], 100), 12);
    expect((await run(0.7, [2], -3)).loss).toBeCloseTo(byHand(0.7, [2], 1), 12);
  });

  it('keeps the gradient of the scale that leads back inside', async () => {
    const inside = Math.log(10);
    // A target that is near wants a larger scale, one that is far a smaller one.
    const near = [0.2, [0.25]] as const;
    const far = [2, [0.2, 1]] as const;
    expect((await run(...near, inside, 2)).dScale).toBeLessThan(0);
    expect((await run(...far, inside)).dScale).toBeGreaterThan(0);
    for (const scale of [LARGEST_LOGIT_SCALE, 6]) {
      // Just inside, the same step would be taken.
      expect((await run(...near, LARGEST_LOGIT_SCALE - 1e-9, 2)).dScale).toBeLessThan(-0.1);
      expect((await run(...near, scale, 2)).dScale).toBe(0);
      expect((await run(...far, scale)).dScale).toBeGreaterThan(1);
    }
    for (const scale of [0, -1]) {
      expect((await run(...near, scale, 2)).dScale).toBeLessThan(0);
      expect((await run(...far, scale)).dScale).toBe(0);
    }
  });
});
