import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { relaxedSimdFlags } from '../test/relaxed-simd.ts';
import type { DiskFacts, GpuFacts, MachineFacts } from './machine-facts.ts';

/** A driver that hangs must not hang the doctor. */
const GPU_TIMEOUT_MS = 30_000;
const DISK_BYTES = 64 * 2 ** 20;
const BLOCK_BYTES = 2 ** 20;

/** Looks at everything; takes a few seconds. @param folder whose disk is measured */
export async function lookAtMachine(folder: string): Promise<MachineFacts> {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    wasm: {
      simd: hasSimd(),
      relaxedSimd: relaxedSimd(),
      threads: typeof SharedArrayBuffer !== 'undefined' && availableParallelism() > 1,
    },
    gpu: gpuFacts(),
    browser: await browserFacts(),
    memory: { totalBytes: memoryLimit(), freeBytes: process.availableMemory() },
    disk: diskFacts(folder),
  };
}

/** Less than the machine has where a container is given less. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** `i8x16.splat` of zero, dropped. */
function hasSimd(): boolean {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
  return WebAssembly.validate(
    Uint8Array.of(...header, ...[10, 9, 1, 7, 0, 0x41, 0, 0xfd, 0x0f, 0x1a, 0x0b]),
  );
}

/** Node 20 has it behind a flag, and only a process that was started with it can tell. */
function relaxedSimd(): MachineFacts['wasm']['relaxedSimd'] {
  const flags = relaxedSimdFlags();
  if (flags.length === 0) return 'yes';
  const tried = spawnSync(process.execPath, [...flags, '--eval', ''], { stdio: 'ignore' });
  return tried.status === 0 ? 'flag' : 'no';
}

/** Asked in a process of its own: a driver that crashes takes only that with it. */
function gpuFacts(): GpuFacts {
  const script = fileURLToPath(new URL('./print-adapters.ts', import.meta.url));
  const asked = spawnSync(process.execPath, ['--import', 'tsx', script], {
    encoding: 'utf8',
    timeout: GPU_TIMEOUT_MS,
  });
  const line = asked.stdout.split('\n').find((text) => text.startsWith('{'));
  if (line !== undefined) return JSON.parse(line) as GpuFacts;
  const said = asked.stderr.split('\n').find((text) => /error/i.test(text));
  const why = asked.error?.message ?? said ?? `it ended with ${asked.status ?? asked.signal}`;
  return { adapters: [], chosen: null, problem: `WebGPU does not start: ${why.trim()}` };
}

async function browserFacts(): Promise<MachineFacts['browser']> {
  const { findBrowser } = await import('../find-browser.ts');
  const path = findBrowser();
  if (path === null) return null;
  try {
    const version = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return { path, version: version.trim().split('\n').at(-1) ?? '' };
  } catch {
    // On Windows it opens a window instead of answering.
    return { path, version: 'a browser' };
  }
}

/** Writes and syncs a file of random-looking bytes, then reads it. */
function diskFacts(folder: string): DiskFacts {
  const path = join(folder, `doctor-${process.pid}`);
  const block = new Uint8Array(BLOCK_BYTES);
  for (let at = 0; at < block.length; at++) block[at] = Math.imul(at, 2654435761) >>> 13;
  try {
    mkdirSync(folder, { recursive: true });
    const { bavail, bsize } = statfsSync(folder);
    const writeSpeed = timed(() => {
      const file = openSync(path, 'w');
      for (let at = 0; at < DISK_BYTES; at += BLOCK_BYTES) writeSync(file, block);
      fsyncSync(file);
      closeSync(file);
    });
    const readSpeed = timed(() => {
      const file = openSync(path, 'r');
      while (readSync(file, block) > 0);
      closeSync(file);
    });
    return { folder, freeBytes: bavail * bsize, writeSpeed, readSpeed };
  } catch {
    return { folder, freeBytes: 0, writeSpeed: 0, readSpeed: 0 };
  } finally {
    rmSync(path, { force: true });
  }
}

function timed(action: () => void): number {
  const start = performance.now();
  action();
  return DISK_BYTES / Math.max(1e-3, (performance.now() - start) / 1000);
}
