import { existsSync, realpathSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { browserFlags, findBrowser } from './scripts/find-browser.ts';
import { ISOLATION_HEADERS } from './scripts/security-headers.ts';
import { bundledWorkers } from './scripts/test/bundled-workers.ts';
import { folderInMemory } from './scripts/test/folder-in-memory.ts';
import { relaxedSimdFlags } from './scripts/test/relaxed-simd.ts';
import { wasmKernels } from './scripts/wasm-kernels.ts';

const executablePath = findBrowser();

// Golden answers lie beside the project; vite compares real paths, and the folder may be a link.
const SHARED = '../shared';
const readable = ['..', ...(existsSync(SHARED) ? [realpathSync(SHARED)] : [])];

/** Tests of kernels and of what runs on them; the other tests in the browser look at pages. */
const GPU_TESTS = [
  'test/{compute,nn,merge,rec}/**/*.browser.test.ts',
  'test/lab/run/snapshots.browser.test.ts',
  'test/support/machine/webgpu.browser.test.ts',
  'test/workers/device-loss.browser.test.ts',
];

const MEMORY = folderInMemory();

/** Arrays are compared as bytes, element by element only where those differ. */
const SET_UP = ['test/support/equal-arrays.ts'];
/** What tests write lies in one folder, which is deleted with the last of them. */
const RUN_FOLDER = 'test/support/run-folder.ts';

function inNode(name: string, test: NonNullable<TestProjectInlineConfiguration['test']>) {
  return {
    extends: true,
    test: {
      name,
      environment: 'node',
      setupFiles: SET_UP,
      globalSetup: RUN_FOLDER,
      // The CPU executor computes here as it does in a browser.
      execArgv: relaxedSimdFlags(),
      // Ends what hangs; says nothing about speed, which a busy machine would make a lie.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      ...test,
    },
  } satisfies TestProjectInlineConfiguration;
}

/** A project in Chromium, one file at a time: the machine has two cores, and projects run together. */
function inBrowser(name: string, test: NonNullable<TestProjectInlineConfiguration['test']>) {
  return {
    extends: true,
    plugins: [bundledWorkers()],
    // Declared here, because a dependency found in the middle of a run reloads the page.
    optimizeDeps: {
      include: [
        '@huggingface/tokenizers',
        'valibot',
        'yaml',
        'comlink',
        'idb-keyval',
        'papaparse',
        'fflate',
        'entities/decode',
        'lit',
        'uplot',
        'axe-core',
      ],
    },
    test: {
      name,
      setupFiles: SET_UP,
      fileParallelism: false,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({
          launchOptions: {
            args: browserFlags('software'),
            ...(executablePath === null ? {} : { executablePath }),
          },
        }),
        instances: [{ browser: 'chromium' }],
      },
      ...test,
    },
  } satisfies TestProjectInlineConfiguration;
}

/**
 * `unit` in Node, `house` (layering and house style) beside it, `browser-gpu` and `browser-page` in real Chromium
 * (WebGPU on its software adapter), `e2e` drives the built page, `programs` what runs in Node alone; `faults` is not
 * part of `npm test` (`npm run faults`). No test has a second try: what fails once is a fault.
 */
export default defineConfig({
  plugins: [wasmKernels()],
  worker: { format: 'es', plugins: () => [wasmKernels()] },
  server: { fs: { allow: readable }, headers: ISOLATION_HEADERS },
  test: {
    projects: [
      inNode('unit', {
        include: ['test/**/*.test.ts'],
        exclude: ['test/**/*.browser.test.ts', 'test/architecture/**'],
        // A process takes file after file: starting one and loading the sources took half the time of most files.
        // No test replaces a module of the project (`test/architecture/house.test.ts`).
        isolate: false,
      }),
      {
        extends: true,
        test: {
          name: 'house',
          environment: 'node',
          include: ['test/architecture/*.test.ts'],
          // One process, which reads and parses each source once.
          isolate: false,
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      inBrowser('browser-gpu', {
        include: GPU_TESTS,
        // One page for all: its device keeps what it has compiled, which is what these tests wait for.
        isolate: false,
      }),
      inBrowser('browser-page', {
        include: ['test/**/*.browser.test.ts'],
        exclude: GPU_TESTS,
        // One page for all here, too: a fresh one loads the sources again, one by one.
        isolate: false,
      }),
      {
        extends: true,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/*.e2e.ts'],
          globalSetup: RUN_FOLDER,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      inNode('faults', {
        include: ['test/faults/all.faults.ts'],
        // Kills and crashes by the hundred; whoever wants an end gives one.
        testTimeout: 3 * 3_600_000,
        hookTimeout: 120_000,
      }),
      inNode('programs', {
        include: ['test/e2e/node/*.e2e.ts'],
        fileParallelism: false,
        // One process for all, which shares one warm process of the commands; see `test/e2e/run-warm.ts`.
        isolate: false,
        testTimeout: 300_000,
        hookTimeout: 120_000,
        ...(MEMORY !== null && { env: { TMPDIR: MEMORY } }),
      }),
    ],
  },
});
