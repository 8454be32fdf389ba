import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, filesBelow } from './source-hash.ts';
import { PROJECT_ROOT } from './project.ts';

/** A program of ours that runs in a thread of Node. */
export interface NodeProgram {
  /** Of its bundle. */
  readonly name: string;
  readonly entry: string;
  /** The folder of its scripts. */
  readonly scripts: string;
}

export const LAB: NodeProgram = {
  name: 'lab',
  entry: 'scripts/headless/lab-thread.ts',
  scripts: 'scripts/headless',
};

export const MERGES: NodeProgram = {
  name: 'merges',
  entry: 'scripts/merge/merge-thread.ts',
  scripts: 'scripts/merge',
};

const FOLDER = join(PROJECT_ROOT, '.cache', 'headless');
/** All that a bundle is made of, besides its scripts; the kernels are no part of it. */
const SOURCES = ['src', 'workers', 'shaders', 'experiments'];
const FILES = [
  'scripts/node-bundle.ts',
  'scripts/wasm-kernels.ts',
  'scripts/list-folder.ts',
  'scripts/project.ts',
  'package-lock.json',
  'tsconfig.json',
];

/**
 * A program as one file, built when its sources are not those it was built from. Measured with the
 * lab on two cores: building takes 1.4 s, loading it 0.1 s; loading the sources one by one through
 * module hooks took 1.7 s every time.
 */
export async function ensureNodeBundle(
  { name: program, entry, scripts }: NodeProgram,
  onBuild: () => void = () => undefined,
): Promise<string> {
  const sources = [...SOURCES, scripts].flatMap(filesBelow);
  const hash = contentHash([...sources, ...FILES], PROJECT_ROOT);
  const path = join(FOLDER, `${program}-${hash.slice(0, 16)}.mjs`);
  if (existsSync(path)) return path;
  onBuild();
  const partial = join(FOLDER, `part-${process.pid}`);
  await buildInto(partial, entry);
  mkdirSync(FOLDER, { recursive: true });
  for (const name of readdirSync(FOLDER)) {
    const isBundle = name.startsWith(`${program}-`) && name.endsWith('.mjs');
    if (isBundle && isOld(join(FOLDER, name))) rmSync(join(FOLDER, name));
  }
  renameSync(join(partial, BUILT), path);
  rmSync(partial, { recursive: true });
  return path;
}

/** Not at once: a run that began before the last change may still start threads from it. */
function isOld(path: string): boolean {
  const week = 7 * 24 * 3600 * 1000;
  return statSync(path).mtimeMs < performance.timeOrigin + performance.now() - week;
}

const BUILT = 'program.mjs';

async function buildInto(outDir: string, entry: string): Promise<void> {
  const { build } = await import('vite');
  await build({
    root: PROJECT_ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [
      {
        name: 'program-of-node',
        // Kernels come from the cache of compiled ones, not from the bundle.
        resolveId: { filter: { id: /^virtual:wasm-kernels\// }, handler: (id) => `\0${id}` },
        load: {
          filter: { id: /^\0virtual:wasm-kernels\/|scripts\/project\.ts$/ },
          handler: (id) =>
            id.endsWith('project.ts')
              ? // The bundle lies elsewhere than this source.
                `export const PROJECT_ROOT = ${JSON.stringify(PROJECT_ROOT)};`
              : `export default '';`,
        },
      },
    ],
    ssr: { noExternal: true, external: ['webgpu', 'assemblyscript', 'assemblyscript/asc'] },
    build: {
      ssr: entry,
      target: 'node20',
      outDir,
      emptyOutDir: true,
      minify: false,
      rolldownOptions: {
        checks: { pluginTimings: false },
        output: { entryFileNames: BUILT, codeSplitting: false },
      },
    },
  });
}
