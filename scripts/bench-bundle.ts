import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT, projectCommit, projectVersion } from './project.ts';
import { wasmKernels } from './wasm-kernels.ts';

const PEERS = ['@jax-js/jax', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'];

/**
 * Builds `bench.mjs`: the benchmarks, our engine and the peers in one file for Node, which imports
 * nothing but the package `webgpu`. Leaves other files of the folder, such as the bench page, alone.
 */
export async function buildBenchBundle(folder = join(PROJECT_ROOT, 'bench', 'dist')) {
  const { build } = await import('vite');
  await build({
    root: PROJECT_ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [wasmKernels()],
    define: {
      BENCH_VERSIONS: JSON.stringify(versions()),
      BENCH_COMMIT: JSON.stringify(projectCommit()),
    },
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ssr: 'bench/node-main.ts',
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: {
        checks: { pluginTimings: false },
        output: { entryFileNames: 'bench.mjs', codeSplitting: false },
      },
    },
  });
  return join(folder, 'bench.mjs');
}

function versions(): Record<string, string> {
  const entries = [...PEERS, 'webgpu'].map((name): [string, string] => {
    const path = join(PROJECT_ROOT, 'node_modules', name, 'package.json');
    return [name, (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version];
  });
  return { 'mmgrid-playground': projectVersion(), ...Object.fromEntries(entries) };
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(started).href) {
  console.log(`built ${await buildBenchBundle()}`);
}
