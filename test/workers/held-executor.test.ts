import { describe, expect, it, vi } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import type { AdapterProfile, Executor } from '../../src/compute/executor.ts';
import { AppError } from '../../src/core/errors.ts';
import type { ExecutorChoice } from '../../src/lab/job/events.ts';
import { HeldExecutor } from '../../workers/lab/held-executor.ts';

const CPU = { ...createCpuExecutor().profile };
const GPU: AdapterProfile = {
  ...{ kind: 'webgpu', name: 'Acme One (WebGPU)', isSoftware: false, vendor: 'acme' },
  ...{ architecture: 'one', description: 'Acme One', features: ['subgroups', 'shader-f16'] },
  limits: { maxBufferSize: 1024 },
};
const LOST = new AppError('device-lost', 'The GPU was lost (unknown).');

/** An executor holder on machines that come one after the other. */
function holder(profiles: readonly AdapterProfile[]) {
  const choices: ExecutorChoice[] = [];
  const ended: string[] = [];
  const giveUp = vi.fn(() => true);
  const held = new HeldExecutor(async (choice) => {
    const profile = profiles[choices.length] ?? CPU;
    choices.push(choice);
    const executor = { profile, giveUp, destroy: () => ended.push(profile.name) };
    const report = { choice, profile, reason: '', hint: '' };
    return { executor: executor as unknown as Executor, report };
  });
  return { held, choices, ended, giveUp };
}

describe('the executor after a loss', () => {
  it('is one of the same kind: never the CPU for a GPU', async () => {
    const { held, choices, ended } = holder([GPU, { ...GPU, variants: ['matmul tile64'] }]);
    await held.executor();
    expect(held.closeAfter(LOST)).toBe(true);
    expect(held.profile).toBeNull();
    expect((await held.executor()).profile.kind).toBe('webgpu');
    expect(choices).toEqual(['auto', 'webgpu']);
    expect(ended).toEqual([GPU.name]);
  });

  it('may have fewer threads on the CPU: they do not change bits', async () => {
    const four = { ...CPU, features: ['simd', 'threads'], limits: { threads: 4 } };
    const { held, choices } = holder([four, { ...four, features: ['simd'], limits: {} }]);
    await held.executor();
    held.closeAfter(LOST);
    await held.executor();
    expect(choices).toEqual(['auto', 'cpu']);
  });

  it.each([
    ['adapter', { ...GPU, architecture: 'two' }],
    ['imitation', { ...GPU, isSoftware: true }],
    ['limits', { ...GPU, limits: { maxBufferSize: 512 } }],
    ['features', { ...GPU, features: ['subgroups'] }],
  ])('is refused where it is another machine: %s', async (_, other) => {
    const { held, ended } = holder([GPU, other, GPU]);
    await held.executor();
    held.closeAfter(LOST);
    await expect(held.executor()).rejects.toMatchObject({
      code: 'adapter-unavailable',
      message: 'Acme One (WebGPU) was lost, and another machine is there now.',
      hint: expect.stringMatching(/choose what computes/) as string,
    });
    expect(ended).toHaveLength(2);
    // The old one may come back.
    expect((await held.executor()).profile).toBe(GPU);
  });

  it('is whatever somebody chooses', async () => {
    const { held, choices } = holder([GPU, CPU]);
    await held.executor();
    held.closeAfter(LOST);
    expect((await held.change('auto')).profile.kind).toBe('cpu');
    await held.executor();
    expect(choices).toEqual(['auto', 'auto']);
  });

  it('is opened anew after it was given up, as the same machine', async () => {
    const { held, choices, giveUp } = holder([GPU, GPU]);
    expect(held.giveUp(10)).toBe(false);
    await held.executor();
    expect(held.giveUp(10)).toBe(true);
    expect(giveUp.mock.calls).toEqual([[10]]);
    await held.executor();
    expect(choices).toEqual(['auto', 'webgpu']);
  });

  it('is opened once for two who ask meanwhile', async () => {
    const { held, choices } = holder([GPU]);
    const [one, other] = await Promise.all([held.executor(), held.executor()]);
    expect(one).toBe(other);
    expect(choices).toEqual(['auto']);
  });
});
