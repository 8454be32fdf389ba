import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchRecord } from '../../../bench/result.ts';
import { PROJECT_ROOT } from '../../../scripts/project.ts';

/** Chromium's own Vulkan loader and software driver, for machines that have no other. */
const SWIFTSHADER = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
  .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
  .find((file) => existsSync(file) && existsSync(join(dirname(file), 'libvulkan.so.1')));

let folder = '';
/** `npm run bench` makes the bundle that the other tests run elsewhere, alone. */
let ofNpm: SpawnSyncReturns<string>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-bench-'));
  const words = ['--only', 'attention', '--sizes', 'nano', '--threads', '1', '--rounds', '1'];
  ofNpm = spawnSync(
    process.execPath,
    [
      ...['--import', 'tsx', 'scripts/bench.ts', ...words, '--executors', 'wasm'],
      ...['--out', join(folder, 'of-npm.json')],
    ],
    { cwd: PROJECT_ROOT, encoding: 'utf8', timeout: 200_000 },
  );
  cpSync(join(PROJECT_ROOT, 'bench', 'dist', 'bench.mjs'), join(folder, 'bench.mjs'));
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, ...environment };
  const settings = { cwd: folder, env, encoding: 'utf8', timeout: 200_000 } as const;
  return spawnSync(process.execPath, ['bench.mjs', ...words], settings);
}

const recordIn = (name: string) =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as BenchRecord;

describe('the benchmark bundle for Node', () => {
  it('imports nothing but Node and webgpu', () => {
    const text = readFileSync(join(folder, 'bench.mjs'), 'utf8');
    const imported = [...text.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, name]) => name);
    const own = ['node:', 'stream', 'http', 'url', 'https', 'zlib'];
    expect(imported.length).toBeGreaterThan(3);
    expect(imported.filter((name) => !own.some((start) => name?.startsWith(start)))).toEqual([]);
  });

  it('explains its options, and what is wrong with others', () => {
    const help = run(['--help']);
    expect(help.status).toBe(0);
    expect(help.stdout).toContain('npm install webgpu');
    const wrong = run(['--sizes', 'huge']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('--sizes huge: must be of nano, small, medium, large');
  });

  it('says what to install when webgpu is missing', () => {
    const { status, stderr } = run(['--only', 'matmul', '--executors', 'webgpu']);
    expect(status).toBe(1);
    expect(stderr).toContain('run "npm install webgpu" beside bench.mjs');
  });

  it('measures the CPU without it, on one thread and on two', () => {
    const words = [
      '--only',
      'attention',
      '--sizes',
      'nano',
      '--executors',
      'wasm',
      '--rounds',
      '1',
      '--out',
      'cpu.json',
    ];
    const { status, stderr } = run(words);
    expect([status, stderr]).toEqual([0, '']);
    const { results } = recordIn('cpu.json');
    expect(new Set(results.map(({ engine }) => engine))).toEqual(
      new Set(['wasm 1 thread', 'wasm 2 threads']),
    );
    expect(results.every(({ status: state }) => state === 'ok')).toBe(true);
  });

  it('is what npm run bench starts, with the WebAssembly of the browsers', () => {
    const { status, stderr } = ofNpm;
    expect([status, stderr]).toEqual([0, '']);
    const { results, platform } = recordIn('of-npm.json');
    // Node 20 has it behind a flag.
    expect(platform).toMatch(/^Node \d+\..*, relaxed SIMD$/);
    expect(results.map(({ engine, status: state }) => [engine, state])).toEqual([
      ['wasm 1 thread', 'ok'],
    ]);
  });

  it.runIf(SWIFTSHADER !== undefined)('measures WebGPU through Dawn, with checked products', () => {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(PROJECT_ROOT, 'node_modules', 'webgpu'), join(folder, 'node_modules/webgpu'));
    const words = ['--only', 'matmul', '--sizes', 'nano', '--executors', 'webgpu'];
    const { status, stdout } = run([...words, '--rounds', '1', '--out', 'gpu.json'], {
      VK_ICD_FILENAMES: SWIFTSHADER,
      LD_LIBRARY_PATH: dirname(SWIFTSHADER ?? ''),
    });
    expect([status, stdout]).toEqual([0, expect.stringContaining('saved in gpu.json')]);
    const { results, platform } = recordIn('gpu.json');
    expect(platform).toMatch(/^Node \d+/);
    expect(results.map(({ status: state, counts }) => [state, counts?.dispatches])).toEqual(
      results.map(() => ['ok', 1]),
    );
    expect(results.length).toBe(4);
  });
});
