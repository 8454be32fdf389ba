import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import type { AdapterProfile, Executor, Program } from '../../src/compute/executor.ts';
import { defineKernel, type KernelVariant } from '../../src/compute/kernel.ts';
import { calibrate, type CalibrationParts } from '../../src/compute/webgpu/calibrate.ts';
import { chooseVariant } from '../../src/compute/webgpu/variants.ts';
import { MATMUL_CALIBRATION } from '../../src/nn/ops/matmul-calibration.ts';
import { CalibrationStore } from '../../src/store/calibrations.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { calibrationFiles } from '../../workers/node/calibration-files.ts';
import { freshFolder } from '../support/fresh-folder.ts';

const variant = (name: string, more: Partial<KernelVariant> = {}): KernelVariant => ({
  name,
  wgsl: () => name,
  entry: name,
  groups: () => [1, 1, 1],
  suits: ({ isSoftware }) => !isSoftware && name === 'usual',
  ...more,
});

const KERNEL = defineKernel({
  name: 'product',
  wgsl: 'plain',
  entry: 'plain',
  bindings: [{ name: 'out', type: 'f32', access: 'read_write' }],
  uniforms: [],
  groups: () => [1, 1, 1],
  twin: () => undefined,
  variants: [variant('usual'), variant('other'), variant('half', { features: ['shader-f16'] })],
  sizeClass: ({ M = 0 }) => (M > 8 ? 'many' : 'few'),
});

const PROFILE: AdapterProfile = {
  kind: 'webgpu',
  name: 'A GPU',
  isSoftware: false,
  vendor: 'v',
  architecture: 'a',
  description: 'd',
  features: [],
  limits: {},
};

/** An executor whose clock moves by what each shader is said to take. */
function clocked(costs: Readonly<Record<string, number>>) {
  let time = 0;
  let runs = 0;
  const inner = createCpuExecutor();
  const executor: Executor = Object.assign(Object.create(inner) as Executor, {
    profile: PROFILE,
    run(program: Program) {
      runs += 1;
      for (const { kernel } of program.steps) time += costs[kernel.wgsl] ?? 0;
    },
  });
  return { executor, now: () => time, runs: () => runs };
}

function partsFor(now: () => number, store = new CalibrationStore(new MemoryStore())) {
  const parts: CalibrationParts = {
    cases: [{ kernel: KERNEL, uniforms: { M: 64 }, lengths: { out: 64 } }],
    memory: store,
    browser: 'browser 1',
    now,
  };
  return { parts, store };
}

describe('calibration', () => {
  it('chooses the fastest that can run here, and times the rest', async () => {
    const { executor, now } = clocked({ usual: 2, other: 1, half: 0.1, plain: 3 });
    const { parts } = partsFor(now);
    const { chosen, timings } = await calibrate(executor, parts);
    expect(chosen).toEqual({ 'product many': 'other' });
    expect(timings).toEqual({ 'product many': { usual: 2, other: 1, plain: 3 } });
    const calibrated = chosen;
    expect(chooseVariant(KERNEL, { M: 64 }, PROFILE, { calibrated }).variant).toBe('other');
    expect(chooseVariant(KERNEL, { M: 4 }, PROFILE, { calibrated }).variant).toBe('usual');
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('stays with the usual variant unless another is clearly faster', async () => {
    const { executor, now } = clocked({ usual: 1, other: 0.97, plain: 3 });
    expect((await calibrate(executor, partsFor(now).parts)).chosen).toEqual({});
  });

  it('remembers by adapter, browser and candidates, and can forget', async () => {
    const { executor, now, runs } = clocked({ usual: 2, other: 1, plain: 3 });
    const { parts, store } = partsFor(now);
    const first = await calibrate(executor, parts);
    const measured = runs();
    expect(await calibrate(executor, parts)).toEqual(first);
    expect(runs()).toBe(measured);
    await calibrate(executor, { ...parts, browser: 'browser 2' });
    expect(runs()).toBe(2 * measured);
    await store.clear();
    await calibrate(executor, parts);
    expect(runs()).toBe(3 * measured);
  });

  it('is remembered by programs in Node as a file an adapter', async () => {
    const { executor, now, runs } = clocked({ usual: 2, other: 1, plain: 3 });
    const folder = join(freshFolder(), 'made', 'when needed');
    const parts = { ...partsFor(now).parts, memory: calibrationFiles(folder) };
    const first = await calibrate(executor, parts);
    const measured = runs();
    // As another process would: nothing is held in memory.
    const again = { ...parts, memory: calibrationFiles(folder) };
    expect(await calibrate(executor, again)).toEqual(first);
    expect(runs()).toBe(measured);
    const [name = '', ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    await calibrate(executor, { ...again, browser: 'browser 2' });
    expect(runs()).toBe(2 * measured);
    expect(readdirSync(folder)).toHaveLength(2);
    // A file that is damaged, or of another adapter, is measured anew and put right.
    for (const text of ['{"key":', JSON.stringify({ key: 'another', calibration: first })]) {
      writeFileSync(join(folder, name), text);
      const before = runs();
      expect(await calibrate(executor, again)).toEqual(first);
      expect(runs()).toBe(before + measured);
      await calibrate(executor, again);
      expect(runs()).toBe(before + measured);
    }
  });

  it('measures again when the memory fails or holds something else', async () => {
    const { executor, now } = clocked({ usual: 2, other: 1, plain: 3 });
    const { parts } = partsFor(now);
    const broken = {
      load: () => Promise.reject(new Error('no')),
      save: () => Promise.reject(new Error('no')),
    };
    const chosen = { 'product many': 'other' };
    expect((await calibrate(executor, { ...parts, memory: broken })).chosen).toEqual(chosen);
    const strange = { load: () => Promise.resolve({ schema: 'x' }), save: () => Promise.resolve() };
    expect((await calibrate(executor, { ...parts, memory: strange })).chosen).toEqual(chosen);
  });

  it('stops when its time is used up', async () => {
    const { executor, now } = clocked({ usual: 20, other: 10, plain: 30 });
    const { parts } = partsFor(now);
    const few = { kernel: KERNEL, uniforms: { M: 4 }, lengths: { out: 64 } };
    const { timings } = await calibrate(executor, { ...parts, cases: [...parts.cases, few] });
    expect(Object.keys(timings)).toEqual(['product many']);
  });

  it('has matrix products of several classes, with all their sizes', () => {
    for (const { kernel, uniforms, lengths } of MATMUL_CALIBRATION) {
      expect(kernel.uniforms.every(({ name }) => Number.isFinite(uniforms[name]))).toBe(true);
      expect(Object.keys(lengths)).toEqual(['out', 'a', 'b']);
    }
    const keys = MATMUL_CALIBRATION.map(({ kernel, uniforms }) => {
      return `${kernel.name} ${kernel.sizeClass?.(uniforms) ?? ''}`;
    });
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain('matmul_tn long');
  });
});
