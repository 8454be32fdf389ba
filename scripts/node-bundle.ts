import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Plugin } from 'vite';
import { BUNDLES, freshBundle, INPUTS, inputsHash } from './fresh-bundle.mjs';
import { PROJECT_ROOT } from './project.ts';

/** A program of ours that runs in threads of Node. */
export interface NodeProgram {
  /** Of its bundle. */
  readonly name: string;
  /** Scripts of the bundle, by their names in it: threads load only what they need. */
  readonly entries: Readonly<Record<string, string>>;
}

const KERNEL_THREAD = 'workers/node/bundled-thread.ts';

export const LAB: NodeProgram = {
  name: 'lab',
  entries: {
    // What `scripts/headless.mjs` starts where it can.
    command: 'scripts/headless.ts',
    lab: 'scripts/headless/lab-thread.ts',
    kernels: KERNEL_THREAD,
  },
};

export const MERGES: NodeProgram = {
  name: 'merges',
  entries: {
    // What `scripts/merge.mjs` starts where it can.
    command: 'scripts/merge.ts',
    merges: 'scripts/merge/merge-thread.ts',
    ranges: 'scripts/merge/range-thread.ts',
    kernels: KERNEL_THREAD,
  },
};

/** What bundles depend on besides the modules in them; the kernels are no part of a bundle. */
const FILES = [
  'scripts/node-bundle.ts',
  'scripts/fresh-bundle.mjs',
  'package-lock.json',
  'tsconfig.json',
];

/**
 * The folder of a program's bundle, built when its sources are not those it was built from. Measured
 * with the lab on two cores: building takes 1.4 s, loading it 0.1 s; loading the sources one by one
 * through module hooks took 1.7 s every time.
 */
export async function ensureNodeBundle(
  program: NodeProgram,
  onBuild: () => void = () => undefined,
): Promise<string> {
  const found = freshBundle(program.name);
  if (found !== null) return found;
  onBuild();
  const started = performance.timeOrigin + performance.now();
  const partial = join(BUNDLES, `${program.name}-part-${process.pid}`);
  const inputs = [...FILES, ...(await buildInto(partial, program))].sort();
  for (const name of readdirSync(BUNDLES)) {
    const path = join(BUNDLES, name);
    if (name.startsWith(`${program.name}-`) && isOld(path)) rmSync(path, { recursive: true });
  }
  const folder = join(BUNDLES, `${program.name}-${inputsHash(inputs)}`);
  // A source that was written meanwhile may be in the bundle in either state: it is not for the next.
  const isSteady = inputs.every((file) => statSync(join(PROJECT_ROOT, file)).mtimeMs < started);
  if (!isSteady) return partial;
  writeFileSync(join(partial, INPUTS), JSON.stringify(inputs));
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another process was faster: it made the same.
    if (freshBundle(program.name) !== folder) throw error;
    rmSync(partial, { recursive: true });
  }
  return folder;
}

/** Not at once: a run that began before the last change may still start threads from it. */
function isOld(path: string): boolean {
  const week = 7 * 24 * 3600 * 1000;
  return statSync(path).mtimeMs < performance.timeOrigin + performance.now() - week;
}

/** Gives the sources of what was bundled, as paths from the project's folder. */
async function buildInto(outDir: string, { entries }: NodeProgram): Promise<string[]> {
  const { build } = await import('vite');
  mkdirSync(outDir, { recursive: true });
  const inputs = new Set<string>();
  await build({
    root: PROJECT_ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [replacements(), noteInputs(inputs)],
    ssr: { noExternal: true, external: ['webgpu', 'assemblyscript', 'assemblyscript/asc'] },
    build: {
      ssr: true,
      target: 'node20',
      outDir,
      emptyOutDir: true,
      minify: false,
      rolldownOptions: {
        input: { ...entries },
        checks: { pluginTimings: false },
        output: {
          entryFileNames: '[name].mjs',
          chunkFileNames: 'chunk-[hash].mjs',
        },
      },
    },
  });
  return [...inputs];
}

/** Modules that are others in a bundle. */
function replacements(): Plugin {
  return {
    name: 'program-of-node',
    enforce: 'pre',
    resolveId: {
      filter: { id: /^virtual:wasm-kernels\/|(browser-merge|headless)-run\.ts$/ },
      // A browser is opened from the sources alone.
      handler: (id) => (id.startsWith('virtual:') ? `\0${id}` : { id, external: true }),
    },
    load: {
      filter: { id: /^\0virtual:wasm-kernels\/|scripts\/(project|node-bundle)\.ts$/ },
      handler: (id) => {
        // Kernels come from the cache of compiled ones, not from the bundle.
        if (id.startsWith('\0')) return `export default '';`;
        // The bundle lies elsewhere than this source, and is itself what a command would ask for.
        return id.endsWith('project.ts')
          ? `export const PROJECT_ROOT = ${JSON.stringify(PROJECT_ROOT)};`
          : `export const MERGES = null;
             export const LAB = null;
             export const ensureNodeBundle = async () => import.meta.dirname;`;
      },
    },
  };
}

function noteInputs(inputs: Set<string>): Plugin {
  return {
    name: 'note-inputs',
    generateBundle(_options, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue;
        for (const id of output.moduleIds) {
          const path = relative(PROJECT_ROOT, id.replace(/\?.*$/, ''));
          const isOwn = !id.startsWith('\0') && !path.startsWith('..');
          if (isOwn && !path.includes('node_modules')) inputs.add(path);
        }
      }
    },
  };
}
