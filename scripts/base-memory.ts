import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from './project.ts';
import { relaxedSimdFlags } from './test/relaxed-simd.ts';
import { wasmKernels } from './wasm-kernels.ts';

/**
 * What opening, storing, extending and embedding with a base takes in time and memory:
 * `node --import tsx scripts/base-memory.ts --base FOLDER [--items 128] [--tokens 16]`, with a folder
 * of your own or one that `bench/base-folder/main.ts` writes. Not a part of `npm test`.
 */
const folder = join(PROJECT_ROOT, 'bench', 'dist');
const { build } = await import('vite');
await build({
  root: PROJECT_ROOT,
  configFile: false,
  logLevel: 'warn',
  plugins: [wasmKernels()],
  ssr: { noExternal: true },
  build: {
    ssr: 'bench/base-folder/measure.ts',
    target: 'node20',
    outDir: folder,
    emptyOutDir: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: { entryFileNames: 'base-memory.mjs', codeSplitting: false },
    },
  },
});
// A process of its own: the memory that bundling takes is not what is measured.
const script = join(folder, 'base-memory.mjs');
const words = [...relaxedSimdFlags(), script, ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
