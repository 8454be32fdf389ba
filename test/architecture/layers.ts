/** Which layer may import which. The one table of docs/architecture.md §2, as data. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  shaders: [],
  experiments: [],
  'src/core': [],
  'src/compute': ['src/core', 'shaders'],
  'src/nn': ['src/core', 'src/compute', 'shaders'],
  'src/merge': ['src/core', 'src/compute', 'src/nn', 'src/io', 'shaders'],
  'src/io': ['src/core'],
  'src/store': ['src/core', 'src/io'],
  'src/rec': ['src/core', 'src/compute', 'src/nn', 'src/io', 'shaders'],
  'src/lab': ['src/core', 'src/compute', 'src/nn', 'src/merge', 'src/rec', 'src/io', 'src/store'],
  workers: [
    'src/core',
    'src/compute',
    'src/nn',
    'src/merge',
    'src/rec',
    'src/io',
    'src/store',
    'src/lab',
    'experiments',
  ],
  'src/charts': ['src/core'],
  'src/ui': [
    'src/core',
    'src/charts',
    'src/io',
    'src/nn',
    'src/rec',
    'src/lab',
    'workers',
    'experiments',
  ],
};

/** Packages that belong to certain layers only. */
export const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  lit: ['src/ui', 'src/charts'],
  uplot: ['src/charts'],
  comlink: ['workers', 'src/ui'],
  'idb-keyval': ['src/store'],
  papaparse: ['src/io'],
  '@huggingface': ['src/io'],
};

/** Layer of a project path, or null for what has none (tests, scripts, benchmarks). */
export function layerOf(path: string): string | null {
  const parts = path.split('/');
  const layer = parts[0] === 'src' ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
  return layer in ALLOWED ? layer : null;
}

/** Why an import from one path to another is not allowed; null when it is. */
export function edgeFault(from: string, to: string): string | null {
  const source = layerOf(from);
  const target = layerOf(to);
  if (source === null) return `${from}: a folder without a layer`;
  if (target === source) return null;
  if (target !== null && ALLOWED[source]?.includes(target) === true) return null;
  return `${from} imports ${to}: ${source} may not know ${target ?? 'anything outside the layers'}`;
}
