import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureNodeBundle } from '../../../scripts/node-bundle.ts';

const THREADS = {
  name: 'threads',
  entries: {
    kernels: 'workers/node/bundled-thread.ts',
    ranges: 'scripts/merge/range-thread.ts',
  },
};

let folder: Promise<string> | null = null;

/**
 * A script of threads as the commands start them. From the sources each thread would first load what
 * reads TypeScript, which takes 0.3 s of the processor.
 */
export async function bundledThread(name: keyof typeof THREADS.entries): Promise<URL> {
  folder ??= ensureNodeBundle(THREADS);
  return pathToFileURL(join(await folder, `${name}.mjs`));
}
