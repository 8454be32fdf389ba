import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { PROJECT_ROOT } from './project.ts';

const SOURCES = join(PROJECT_ROOT, 'wasm');
const CACHE = join(PROJECT_ROOT, '.cache', 'wasm');
const PREFIX = '\0virtual:wasm-kernels/';

/**
 * The four builds of `wasm/`: with fused multiply-add where the engine has relaxed SIMD, and with
 * memory that threads can share where the page is cross-origin isolated.
 */
const FLAVOURS = {
  simd: { isRelaxed: false, isShared: false },
  relaxed: { isRelaxed: true, isShared: false },
  'simd-shared': { isRelaxed: false, isShared: true },
  'relaxed-shared': { isRelaxed: true, isShared: true },
} satisfies Readonly<Record<string, { isRelaxed: boolean; isShared: boolean }>>;

/** All of them: who compiles one has done the most of the work for the others. */
export const KERNEL_FLAVOURS = Object.keys(FLAVOURS);

/** 4 GiB, all that 32-bit addresses reach. */
const MAXIMUM_PAGES = 65536;

/** Serves `virtual:wasm-kernels/<flavour>` as a module whose default export is base64 text. */
export function wasmKernels(): Plugin {
  return {
    name: 'wasm-kernels',
    resolveId: { filter: { id: /^virtual:wasm-kernels\// }, handler: (id) => `\0${id}` },
    load: {
      filter: { id: /^\0virtual:wasm-kernels\// },
      async handler(id) {
        for (const file of sourceFiles()) this.addWatchFile(join(SOURCES, file));
        const bytes = await compileKernels(id.slice(PREFIX.length));
        return `export default ${JSON.stringify(bytes.toString('base64'))};`;
      },
    },
  };
}

function sourceFiles(): string[] {
  return readdirSync(SOURCES)
    .filter((name) => name.endsWith('.ts'))
    .sort();
}

/**
 * Compiles one flavour with AssemblyScript, or takes it from the cache when nothing changed.
 * @param onCompile is called before work of some seconds
 * @throws Error with the compiler's messages
 */
export async function compileKernels(
  flavour: string,
  onCompile: () => void = () => undefined,
): Promise<Buffer> {
  if (!(flavour in FLAVOURS)) throw new Error(`There is no WebAssembly flavour "${flavour}".`);
  const chosen = FLAVOURS[flavour as keyof typeof FLAVOURS];
  if (chosen.isShared)
    return withSharedMemory(await compileKernels(flavour.replace('-shared', ''), onCompile));
  const options = [
    'kernels.ts',
    ...['--outFile', 'kernels.wasm', '--runtime', 'stub', '--optimizeLevel', '3'],
    ...['--enable', 'simd', '--noAssert', '--use', 'abort='],
    ...['--importMemory', '--initialMemory', '1', '--maximumMemory', String(MAXIMUM_PAGES)],
    ...(chosen.isRelaxed ? ['--enable', 'relaxed-simd'] : []),
  ];
  const key = cacheKey([compilerVersion(), ...options]);
  const cached = join(CACHE, `${flavour}-${key}.wasm`);
  if (existsSync(cached)) return readFileSync(cached);
  onCompile();
  const { default: asc } = await import('assemblyscript/asc');
  let bytes: Uint8Array | null = null;
  let messages = '';
  const { error } = await asc.main(options, {
    stderr: {
      write: (text) => {
        messages += typeof text === 'string' ? text : new TextDecoder().decode(text);
      },
    },
    readFile: (name) => {
      const path = join(SOURCES, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : null;
    },
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') bytes = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || bytes === null) {
    throw new Error(`wasm/ does not compile (${flavour}):\n${messages}`, { cause: error });
  }
  mkdirSync(CACHE, { recursive: true });
  // Several programs may compile at the same time; none may read what another is still writing.
  const partial = `${cached}.${process.pid}.part`;
  writeFileSync(partial, bytes);
  renameSync(partial, cached);
  return Buffer.from(bytes);
}

/** The import of `env.memory` with a maximum, up to the byte that says so: 1, and 3 where it is shared. */
const MEMORY_IMPORT = Buffer.from('\x03env\x06memory\x02\x01', 'latin1');

/**
 * The same module with memory that threads can share, byte for byte what the compiler gives with
 * `--sharedMemory`: kernels share their work by its parts and have no atomic instruction.
 */
function withSharedMemory(bytes: Buffer): Buffer {
  const at = bytes.indexOf(MEMORY_IMPORT);
  if (at < 0) throw new Error('The kernels import no memory with a maximum.');
  const shared = Buffer.from(bytes);
  shared[at + MEMORY_IMPORT.length - 1] = 3;
  return shared;
}

/** From its package, because the compiler itself takes long to load. */
function compilerVersion(): string {
  const path = join(PROJECT_ROOT, 'node_modules', 'assemblyscript', 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function cacheKey(options: readonly string[]): string {
  const hash = createHash('sha256').update(options.join('\0'));
  for (const name of sourceFiles()) {
    hash.update(`\0${name}\0`).update(readFileSync(join(SOURCES, name)));
  }
  return hash.digest('hex').slice(0, 32);
}
