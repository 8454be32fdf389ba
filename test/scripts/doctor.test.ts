import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  adviceFor,
  describeMachine,
  type MachineFacts,
} from '../../scripts/doctor/machine-facts.ts';
import { PROJECT_ROOT } from '../support/sources.ts';

const PLAIN: MachineFacts = {
  node: 'v20.19.0',
  platform: 'linux x64',
  cpu: 'Example 9000',
  cores: 8,
  wasm: { simd: true, relaxedSimd: 'flag', threads: true },
  gpu: { adapters: [], chosen: null, problem: 'There is none.' },
  browser: null,
  memory: { totalBytes: 16e9, freeBytes: 9.04e9 },
  disk: { folder: 'here', freeBytes: 5e9, writeSpeed: 412.4e6, readSpeed: 3e9 },
};
const NVIDIA = { name: 'NVIDIA H200', driver: 'NVIDIA: 570.1', isSoftware: false };
const withGpu = (chosen: typeof NVIDIA): MachineFacts => ({
  ...PLAIN,
  gpu: { adapters: [{ name: chosen.name, backend: 'vulkan' }], chosen, problem: '' },
});

function lineOf(facts: MachineFacts, what: string): string {
  const line = describeMachine(facts).find((each) => each.what === what);
  return `${line?.mark} ${line?.text}`;
}

describe('the doctor', () => {
  it('names what there is', () => {
    expect(
      describeMachine(PLAIN).map(({ mark, what, text }) => `${mark} ${what}: ${text}`),
    ).toEqual([
      '✓ Node: v20.19.0 on linux x64',
      '✓ CPU: Example 9000, 8 cores',
      '✓ WebAssembly: SIMD, fused multiply-add (flag set), threads',
      '· GPU: There is none.',
      '· Browser: none found; only the page and --host browser need one (CHROME_PATH names it)',
      '✓ Memory: 9.0 GB free of 16.0 GB',
      '✓ Disk: writes 412 MB/s, reads what it just wrote at 3000 MB/s, 5.0 GB free in here',
    ]);
  });

  it('tells a GPU from an imitation, and names its driver', () => {
    expect(lineOf(withGpu(NVIDIA), 'GPU')).toBe('✓ NVIDIA H200, NVIDIA: 570.1');
    const imitated = { ...NVIDIA, name: 'SwiftShader', driver: '', isSoftware: true };
    expect(lineOf(withGpu(imitated), 'GPU')).toBe('· SwiftShader: an imitation');
    const two = withGpu(NVIDIA);
    const adapters = [...two.gpu.adapters, { name: 'Other', backend: 'opengl' }];
    expect(lineOf({ ...two, gpu: { ...two.gpu, adapters } }, 'GPU')).toContain(
      'all: NVIDIA H200 (vulkan), Other (opengl)',
    );
  });

  it.each([
    ['an old Node', { node: 'v20.18.3' }, 'Node', /^✗ v20\.18\.3 .*20\.19 or later/],
    ['an older Node', { node: 'v18.20.0' }, 'Node', /^✗/],
    ['a newer Node', { node: 'v24.1.0' }, 'Node', /^✓/],
    [
      'a disk that is full or closed',
      { disk: { ...PLAIN.disk, writeSpeed: 0 } },
      'Disk',
      /^✗ here cannot be written/,
    ],
    ['little memory', { memory: { totalBytes: 4e9, freeBytes: 1e9 } }, 'Memory', /^· 1\.0 GB/],
    ['no SIMD', { wasm: { ...PLAIN.wasm, simd: false } }, 'WebAssembly', /^✗ without SIMD/],
  ] as const)('sees %s', (_, change, what, expected) => {
    expect(lineOf({ ...PLAIN, ...change }, what)).toMatch(expected);
  });

  it('says which command suits the machine', () => {
    expect(adviceFor(PLAIN)[0]).toMatch(/^npm run headless .* computes on 8 CPU cores$/);
    expect(adviceFor(PLAIN).join()).not.toContain('--host browser');
    expect(adviceFor(withGpu(NVIDIA))[0]).toMatch(/the GPU \(NVIDIA H200\)$/);
    const imitated = withGpu({ ...NVIDIA, isSoftware: true });
    expect(adviceFor(imitated)[0]).toMatch(/8 CPU cores$/);
    const browser = { path: 'chromium', version: 'Chromium 150' };
    expect(adviceFor({ ...withGpu(NVIDIA), browser }).join()).toContain('--host browser');
    expect(adviceFor({ ...PLAIN, node: 'v16.0.0' })).toEqual([
      'Install Node 20.19 or later; nothing here runs before.',
    ]);
  });

  it('looks at this machine', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'scripts/doctor.ts'],
      { cwd: PROJECT_ROOT },
    );
    expect(stdout).toContain(`✓ Node         ${process.version} on ${process.platform}`);
    expect(stdout).toMatch(new RegExp(`CPU .*, ${availableParallelism()} cores?\n`));
    expect(stdout).toMatch(/✓ WebAssembly {2}SIMD, fused multiply-add/);
    expect(stdout).toMatch(/✓ Disk {9}writes [1-9]\d* MB\/s/);
    expect(stdout).toMatch(/[✓·] GPU {10}\S/);
    expect(stdout).not.toContain('does not start');
    expect(stdout).toContain('npm run headless -- experiment.yaml');
  });
});
