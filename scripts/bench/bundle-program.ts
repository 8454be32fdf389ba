import { join } from 'node:path';
import { PROJECT_ROOT } from '../project.ts';
import { wasmKernels } from '../wasm-kernels.ts';

/**
 * Bundles a program of `bench/` for Node: its kernels are virtual modules, which only a bundler knows.
 * @param entry of the project's root
 * @returns path of the script
 */
export async function bundleProgram(entry: string, name: string): Promise<string> {
  const folder = join(PROJECT_ROOT, 'bench', 'dist');
  const { build } = await import('vite');
  await build({
    root: PROJECT_ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [wasmKernels()],
    ssr: { noExternal: true },
    build: {
      ssr: entry,
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: {
        checks: { pluginTimings: false },
        output: { entryFileNames: `${name}.mjs`, codeSplitting: false },
      },
    },
  });
  return join(folder, `${name}.mjs`);
}
