import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { DryExecutor } from '../../../src/compute/dry-executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import { defineKernel } from '../../../src/compute/kernel.ts';
import { checkKernelLimits, formatBytes } from '../../../src/compute/limits.ts';
import { parameterTable } from '../../../src/nn/transformer/layout.ts';
import { placementFor } from '../../../src/nn/graph/parameter-arena.ts';
import { TWO_LAYERS } from '../../support/models/train-memory.ts';
import { DEFAULT_LIMITS, LimitedCpu } from '../../support/machine/limited-device.ts';
import {
  checkShardedForward,
  checkShards,
  checkTooLargeActivation,
  checkTooLargeTensor,
  SMALL,
  THIRD,
} from '../../support/machine/limit-checks.ts';
import {
  checkFrozenSplitTable,
  checkSplitForward,
  checkSplitTable,
  checkTableRanges,
  LOW,
} from '../../support/ops/split-table.ts';
import { checkBeamSearch } from '../../support/models/beam-search.ts';

describe('a model beyond the binding limit, on the CPU executor', () => {
  it('trains in shards as in one buffer', () =>
    checkShards(createCpuExecutor(), new LimitedCpu(THIRD)));
  it('infers from shards as from one buffer', () =>
    checkShardedForward(createCpuExecutor(), new LimitedCpu(THIRD)));
  it('is refused when a tensor alone is too large', () =>
    checkTooLargeTensor(new LimitedCpu({ ...THIRD, maxStorageBufferBindingSize: 2048 })));
  it('is refused when an activation is too large', () =>
    checkTooLargeActivation(new LimitedCpu(THIRD)));
});

describe('a table beyond the binding limit, on the CPU executor', () => {
  it('trains in ranges of rows as a whole', () =>
    checkSplitTable(createCpuExecutor(), new LimitedCpu(LOW)));
  it('stays as it is when it is frozen', () => checkFrozenSplitTable(new LimitedCpu(LOW)));
  it('infers from ranges as from a whole', () =>
    checkSplitForward(createCpuExecutor(), new LimitedCpu(LOW)));
  it('is looked up and differentiated with the same bits', () =>
    checkTableRanges(createCpuExecutor()));
  it('is searched', () => checkBeamSearch(new LimitedCpu(SMALL), 128, 32));
  it('is no way out for another matrix', async () => {
    const config = { ...TWO_LAYERS, feedForward: 96 };
    const run = Promise.resolve().then(() =>
      placementFor(new LimitedCpu(THIRD), parameterTable(config)),
    );
    await expect(run).rejects.toThrow(/mlp\.gate_proj.* needs 12 KB in one buffer; .* allows 8 KB/);
  });
});

describe('a kernel beyond a limit', () => {
  const wgsl = `
const WIDTH: u32 = 32u;
var<workgroup> tile: array<vec4f, WIDTH * 64>;
@compute @workgroup_size(WIDTH, 8)
fn main() {}
`;
  const bindings = ['a', 'b', 'c'].map(
    (name) => ({ name, type: 'f32', access: 'read_write' }) as const,
  );
  const kernel = defineKernel({
    name: 'greedy',
    wgsl,
    entry: 'main',
    bindings,
    uniforms: [{ name: 'n', type: 'u32' }],
    groups: ({ n = 0 }) => [n, 1, 1],
    twin: () => undefined,
  });

  it.each([
    ['maxStorageBuffersPerShaderStage', 2, '3 storage buffers'],
    ['maxComputeInvocationsPerWorkgroup', 255, '256 threads of a workgroup'],
    ['maxComputeWorkgroupSizeX', 16, '32 threads of a workgroup in x'],
    ['maxComputeWorkgroupSizeY', 4, '8 threads of a workgroup in y'],
    ['maxComputeWorkgroupStorageSize', 32767, '32768 bytes of workgroup memory'],
  ])('%s is named with need and limit', (name, limit, need) => {
    const limits = { ...DEFAULT_LIMITS, maxComputeWorkgroupStorageSize: 32768 };
    expect(() => {
      checkKernelLimits(kernel, limits);
    }).not.toThrow();
    expect(() => {
      checkKernelLimits(kernel, { ...limits, [name]: limit });
    }).toThrow(`Kernel "greedy" needs ${need}; the adapter allows ${limit}.`);
  });

  it('is not refused for a length that is an expression', () => {
    const length = 'max(WIDTH * (4u | 1u), 64u)';
    const expression = { ...kernel, wgsl: kernel.wgsl.replace('WIDTH * 64', length) };
    expect(() => {
      checkKernelLimits(expression, DEFAULT_LIMITS);
    }).not.toThrow();
  });

  it('is refused for its bindings and its dispatch', () => {
    const { profile } = createCpuExecutor();
    const executor = new DryExecutor({
      ...profile,
      kind: 'webgpu',
      limits: { maxBufferSize: 4096, maxComputeWorkgroupsPerDimension: 10 },
    });
    const buffer = executor.allocate('x', 'f32', 1024);
    const bind = { a: viewOf(buffer, 0, 64), b: viewOf(buffer, 64, 64), c: viewOf(buffer, 128) };
    expect(() => executor.prepare('fits', [{ kernel, bind, uniforms: { n: 10 } }])).not.toThrow();
    expect(() => executor.prepare('wide', [{ kernel, bind, uniforms: { n: 11 } }])).toThrow(
      /needs 11 workgroups in a dimension; the adapter allows 10/,
    );
    expect(() => executor.allocate('y', 'f32', 1100)).toThrow(
      'Buffer "y" needs 4.3 KB; the adapter allows 4 KB.',
    );
  });

  it('counts the memory of a CPU as a whole', () => {
    const { profile } = createCpuExecutor();
    const executor = new DryExecutor({ ...profile, limits: { maxBufferSize: 4096 } });
    executor.allocate('x', 'f32', 600);
    expect(() => executor.allocate('y', 'f32', 600)).toThrow(/4\.69 KB .* the CPU allows 4 KB/);
  });
});

it('prints bytes', () => {
  expect([0, 1023, 1024, 1536, 640 * 2 ** 20, 4 * 2 ** 30].map(formatBytes)).toEqual([
    '0 bytes',
    '1023 bytes',
    '1 KB',
    '1.5 KB',
    '640 MB',
    '4 GB',
  ]);
});
