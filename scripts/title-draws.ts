import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT } from './project.ts';
import { wasmKernels } from './wasm-kernels.ts';

/**
 * Trains compact semantic ids on a folder of Amazon data with the CPU executor in Node and prints
 * what they reach on the test: `node --import tsx scripts/title-draws.ts --data FOLDER …`, see
 * `bench/title-draws/arguments.ts`. Not a part of `npm test`.
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
    ssr: 'bench/title-draws/main.ts',
    target: 'node20',
    outDir: folder,
    emptyOutDir: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: { entryFileNames: 'title-draws.mjs', codeSplitting: false },
    },
  },
});
await import(pathToFileURL(join(folder, 'title-draws.mjs')).href);
