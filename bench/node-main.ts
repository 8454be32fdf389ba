import { cpus } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { AppError } from '../src/core/errors.ts';
import { hasRelaxedSimd } from '../scripts/test/relaxed-simd.ts';
import { hasVulkanLoader } from '../workers/node/install-webgpu.ts';
import { serveKernelThread, startKernelThread } from '../workers/node/kernel-thread.ts';
import { BenchUsageError, OPTIONS_HELP, readBenchArguments } from './arguments.ts';
import { describeResult, type BenchResult } from './result.ts';
import { runBench, SUITES } from './run-bench.ts';
import { makeRecord, recordPath, saveRecord } from './save-record.ts';

/** Filled in by the build: the bundle stands alone. */
declare const BENCH_VERSIONS: Readonly<Record<string, string>>;
declare const BENCH_COMMIT: string;

const USAGE = `node bench.mjs [options]

Runs the benchmarks on this machine without a browser. Needs Node 20 or newer and, beside this file
or above it, the package "webgpu" (npm install webgpu).
${OPTIONS_HELP}
                       (default: <date>-<adapter>.json here)
  --dawn LIST          options for Dawn, e.g. backend=vulkan or "adapter=NVIDIA H200"

Exit codes: 0 done, 1 something failed, 2 the command line is wrong.`;

interface WebGpuPackage {
  create(options: readonly string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

if (isMainThread) {
  const code = await main(process.argv.slice(2));
  // Dawn keeps Node alive as long as its object can be reached.
  process.exit(code);
} else {
  serveKernelThread();
}

async function main(words: readonly string[]): Promise<number> {
  const { dawn, rest } = dawnOptions(words);
  let given;
  try {
    given = readBenchArguments(
      rest,
      SUITES.map(({ name }) => name),
    );
  } catch (error) {
    if (!(error instanceof BenchUsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (given === 'help') {
    console.log(USAGE);
    return 0;
  }
  const { out } = given;
  let { task } = given;
  const results: BenchResult[] = [];
  try {
    const isAsked = rest.some((word) => word.startsWith('--executors'));
    if (task.executors.includes('webgpu') && !(await findsGpu(dawn, isAsked))) {
      console.log('No GPU through WebGPU here: the CPU alone is measured.');
      task = { ...task, executors: task.executors.filter((name) => name !== 'webgpu') };
    }
    await runBench(task, {
      rounds: task.rounds,
      now: () => performance.now(),
      onNote: (text) => {
        console.log(text);
      },
      onResults: (made) => {
        results.push(...made);
        for (const result of made) console.log(describeResult(result));
      },
      // This same file as a thread of the WebAssembly executor.
      createThread: () => startKernelThread(new URL(import.meta.url)),
    });
  } catch (error) {
    const hint = error instanceof AppError ? ` ${error.hint}` : '';
    console.error(`${error instanceof Error ? error.message : String(error)}${hint}`);
    if (results.length === 0) return 1;
  }
  if (task.profile) return 0;
  const { node } = process.versions;
  const record = makeRecord(task, results, {
    date: new Date().toISOString(),
    version: BENCH_VERSIONS['mmgrid-playground'] ?? '',
    commit: BENCH_COMMIT,
    platform: [
      `Node ${node}`,
      `${process.platform} ${process.arch}`,
      ...(hasRelaxedSimd() ? ['relaxed SIMD'] : []),
    ].join(', '),
    packages: BENCH_VERSIONS,
  });
  const path = out ?? recordPath('.', task, record);
  saveRecord(path, record);
  console.log(`saved in ${path}`);
  return results.some(({ status }) => status === 'failed') ? 1 : 0;
}

function dawnOptions(words: readonly string[]): { dawn: string[]; rest: string[] } {
  const at = words.indexOf('--dawn');
  if (at < 0) return { dawn: [], rest: [...words] };
  const dawn = (words[at + 1] ?? '').split(',').filter((option) => option !== '');
  return { dawn, rest: words.toSpliced(at, 2) };
}

/**
 * Opens WebGPU; false where there is none, and nobody asked for it.
 * @throws Error saying what to install, where somebody did
 */
async function findsGpu(options: readonly string[], isAsked: boolean): Promise<boolean> {
  if (isAsked) {
    await installWebGpu(options);
    return true;
  }
  // Without its loader Dawn prints a warning of its own.
  if (process.platform === 'linux' && !hasVulkanLoader()) return false;
  try {
    await installWebGpu(options);
    return (await navigator.gpu.requestAdapter()) !== null;
  } catch {
    return false;
  }
}

/** Makes the package's WebGPU what the page's would be. @throws Error saying what to install */
async function installWebGpu(options: readonly string[]): Promise<void> {
  let found: WebGpuPackage;
  try {
    found = (await import('webgpu')) as unknown as WebGpuPackage;
  } catch (cause) {
    throw new Error(
      'The package "webgpu" is missing or does not fit this machine: run "npm install webgpu" ' +
        'beside bench.mjs, or measure the CPU alone with --executors wasm. ' +
        `(${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
  }
  Object.assign(globalThis, found.globals);
  const navigator = { gpu: found.create(options), userAgent: `Node ${process.version}` };
  const value = { ...navigator, hardwareConcurrency: cpus().length };
  Object.defineProperty(globalThis, 'navigator', { value, configurable: true });
}
