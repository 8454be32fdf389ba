import { describe, expect, it } from 'vitest';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { Graph } from '../../../src/nn/graph/graph.ts';
import {
  DEFAULT_LIMITS,
  linearCrossEntropy,
  type LinearCrossEntropyLimits,
} from '../../../src/nn/ops/linear-cross-entropy.ts';
import { compilePlan, Workspace } from '../../../src/nn/graph/plan.ts';
import { expectClose } from '../../support/ops/check-op.ts';

const SIZES = { rows: 70, width: 8, vocabulary: 150 };
const { rows, width, vocabulary } = SIZES;

function normals(label: string, length: number): Float32Array {
  const random = new RandomStream(5, label);
  return Float32Array.from({ length }, () => random.nextNormal());
}
const x = normals('x', rows * width);
const weight = normals('head', vocabulary * width);
const targets = Int32Array.from({ length: rows }, (_, i) =>
  i % 4 === 1 ? -100 : (i * 31) % vocabulary,
);

/** Loss straight from its definition, without any kernel. */
function definedLoss(row: number): number {
  const target = targets[row] ?? -1;
  if (target < 0) return 0;
  const logits = Array.from({ length: vocabulary }, (_, v) => {
    let sum = 0;
    for (let c = 0; c < width; c++) {
      sum += (x[row * width + c] ?? NaN) * (weight[v * width + c] ?? NaN);
    }
    return sum;
  });
  return Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0)) - (logits[target] ?? NaN);
}

async function lossOf(limits?: LinearCrossEntropyLimits): Promise<ArrayLike<number>> {
  const executor = new CpuExecutor('f64');
  const graph = new Graph();
  const allocate = (data: Float32Array | Int32Array) => {
    const type = data instanceof Int32Array ? 'i32' : 'f32';
    const buffer = executor.allocate('input', type, data.length);
    executor.write(buffer, data);
    return viewOf(buffer);
  };
  const input = graph.value('x', rows * width);
  const head = { weight: allocate(weight), gradient: null };
  const given = { targets: allocate(targets), hyper: allocate(Float32Array.of(1)) };
  const loss = graph.keep(linearCrossEntropy(graph, input, head, given, SIZES, limits));
  graph.keep(input);
  const plan = await compilePlan('loss', graph, executor, new Workspace(executor));
  executor.write(plan.viewOf(input).buffer, x, plan.viewOf(input).offset);
  executor.run(plan.program);
  return executor.numbers(plan.viewOf(loss));
}

describe('linear cross-entropy against its definition', () => {
  const want = Array.from({ length: rows }, (_, row) => definedLoss(row));
  const tolerance = { absolute: 1e-12, relative: 1e-12 };

  it('in one piece', async () => {
    expectClose(await lossOf(), want, tolerance, 'loss');
  });

  it('in chunks of rows', async () => {
    const limits = { ...DEFAULT_LIMITS, logitsBytes: 1 };
    expectClose(await lossOf(limits), want, tolerance, 'loss');
  });

  it('in blocks of the vocabulary', async () => {
    const limits = { logitsBytes: 1, bindingBytes: 64 * 4 * width };
    expectClose(await lossOf(limits), want, tolerance, 'loss');
  });

  it('holds no more logits than its limit allows', () => {
    const graph = new Graph();
    const head = { weight: viewOf(new CpuExecutor('f64').allocate('w', 'f32', 1)), gradient: null };
    const large = { rows: 16384, width: 64, vocabulary: 152_000 };
    const none = {
      targets: graph.value('targets', 16384, 'i32'),
      hyper: graph.value('hyper', 16),
    };
    const view = { ...head.weight, length: large.vocabulary * large.width };
    linearCrossEntropy(graph, graph.value('x', 16384 * 64), { ...head, weight: view }, none, large);
    const lengths = graph.steps.flatMap(({ bind }) =>
      Object.values(bind).map((operand) => ('kind' in operand ? operand.length : 0)),
    );
    expect(Math.max(...lengths)).toBe(64 * 152_000);
  });
});
