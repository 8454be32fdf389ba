import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import type { AdapterProfile, Executor } from '../../src/compute/executor.ts';
import { AppError } from '../../src/core/errors.ts';
import { openExecutor } from '../../workers/machine/open-executor.ts';

const closed: string[] = [];

function machine(profile: Partial<AdapterProfile>): () => Promise<Executor> {
  return () => {
    const executor = createCpuExecutor();
    const named = { ...executor.profile, ...profile };
    const destroy = (): void => {
      closed.push(named.name);
    };
    return Promise.resolve(Object.assign(executor, { profile: named, destroy }));
  };
}

const hardware = machine({ kind: 'webgpu', name: 'GPU', isSoftware: false });
const software = machine({ kind: 'webgpu', name: 'imitation', isSoftware: true });
const none = () =>
  Promise.reject(new AppError('adapter-unavailable', 'There is no adapter.', { hint: 'Get one.' }));
const wasm = machine({ name: 'CPU (WASM SIMD)', architecture: 'wasm-simd' });
const twins = machine({ name: 'CPU (TypeScript)', architecture: 'javascript' });

describe('choice of the machine', () => {
  it.each([
    ['hardware before everything', hardware, wasm, 'GPU', []],
    ['the CPU before a software GPU', software, wasm, 'CPU (WASM SIMD)', ['imitation']],
    ['a software GPU before plain JavaScript', software, twins, 'imitation', ['CPU (TypeScript)']],
    ['the CPU where there is no GPU', none, twins, 'CPU (TypeScript)', []],
  ] as const)('automatic: %s', async (_, webgpu, cpu, name, given) => {
    closed.length = 0;
    const { executor, report } = await openExecutor('auto', { webgpu, cpu });
    expect(report).toMatchObject({ choice: 'auto', profile: { name } });
    expect(executor.profile.name).toBe(name);
    expect(closed).toEqual(given);
  });

  it('says why it is no GPU, and what to do', async () => {
    const imitated = await openExecutor('auto', { webgpu: software, cpu: wasm });
    expect(imitated.report.reason).toMatch(/no hardware GPU/);
    expect(imitated.report.hint).toMatch(/hardware acceleration/);
    const missing = await openExecutor('auto', { webgpu: none, cpu: twins });
    expect(missing.report).toMatchObject({
      reason: 'There is no adapter.',
      hint: 'Get one. Until then the CPU computes: slowly.',
    });
    const good = await openExecutor('auto', { webgpu: hardware, cpu: wasm });
    expect(good.report).toMatchObject({ reason: '', hint: '' });
  });

  it('takes what is asked for, and nothing else', async () => {
    const machines = { webgpu: software, cpu: wasm };
    const gpu = await openExecutor('webgpu', machines);
    expect(gpu.report).toMatchObject({ choice: 'webgpu', profile: { name: 'imitation' } });
    const cpu = await openExecutor('cpu', machines);
    expect(cpu.report).toMatchObject({ choice: 'cpu', profile: { name: 'CPU (WASM SIMD)' } });
    await expect(openExecutor('webgpu', { webgpu: none, cpu: wasm })).rejects.toMatchObject({
      code: 'adapter-unavailable',
    });
  });
});
