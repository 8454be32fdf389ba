/** Which layer may import which. The picture in docs/architecture.md, as data. */
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

/**
 * Rooms of a layer, the lowest first: a file may know its own room and every one above it in this
 * list. Rooms side by side in brackets may not know each other; '.' are the files that lie in the
 * layer's own folder. A folder that is not named belongs to the room that it lies in. A layer
 * without an entry has no order yet.
 */
export const ROOMS: Readonly<Record<string, readonly (string | readonly string[])[]>> = {
  'src/compute': ['.', 'cpu', ['wasm', 'webgpu']],
  'src/nn': [
    'graph',
    'ops',
    'inputs',
    'training',
    'transformer',
    ['decoding', 'behaviour-model', 'embedding-model', 'compact-id-model'],
    'din-model',
  ],
  'src/io': ['archive', '.', ['bpe', 'import', 'yaml'], 'hub'],
  'src/merge': [
    '.',
    'folder',
    'ranges',
    'linear',
    ['gram', 'ties', 'spectral', 'regmean'],
    'recorded',
    'sparse',
    'methods',
    'registry',
    ['arenas', 'data', 'search', 'analysis'],
    'recipe',
    'stream',
    'check',
  ],
  'src/rec': [
    'data',
    ['importers', 'simulator', 'semantic-ids'],
    'rows',
    'training',
    'text',
    'evaluation',
    'ctr',
    ['behaviour', 'embedding'],
    'checkpoints',
  ],
  'src/lab': [
    'experiment',
    'merging',
    'results',
    'analysis',
    'job',
    'checkpoints',
    'snapshots',
    'work',
    'planning',
    'recommending',
    'paradigms/contract',
    'paradigms/language',
    ['paradigms/semantic-id', 'paradigms/title', 'paradigms/embedding', 'paradigms/discriminative'],
    'paradigms',
    'document',
    'jobs',
    'plan',
    'inspection',
    'run',
    'pack',
    'export',
    'report',
  ],
  workers: ['rpc', 'machine', 'node', 'lab', ['hub', 'merge-files'], 'client', '.', 'headless'],
  'src/ui': [
    ['style', 'text', 'document'],
    'state',
    ['browser', 'figures', 'session'],
    'parts',
    ['parts/base', 'parts/merge'],
    'views',
    'shell',
  ],
};

/** Packages that belong to certain layers only. */
export const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  lit: ['src/ui', 'src/charts'],
  uplot: ['src/charts'],
  comlink: ['workers', 'src/ui'],
  'idb-keyval': ['src/store'],
  papaparse: ['src/io'],
  fflate: ['src/io'],
  entities: ['src/rec'],
  '@huggingface': ['src/io'],
};

/** Layer of a project path, or null for what has none (tests, scripts, benchmarks). */
export function layerOf(path: string): string | null {
  const parts = path.split('/');
  const layer = parts[0] === 'src' ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
  return layer in ALLOWED ? layer : null;
}

/** Why an import from one path to another is not allowed; null when it is. */
export function edgeFault(from: string, to: string, rooms = ROOMS): string | null {
  const source = layerOf(from);
  const target = layerOf(to);
  if (source === null) return `${from}: a folder without a layer`;
  if (target === source) return roomFault(source, from, to, rooms[source]);
  if (target !== null && ALLOWED[source]?.includes(target) === true) return null;
  return `${from} imports ${to}: ${source} may not know ${target ?? 'anything outside the layers'}`;
}

/** Files of ordered layers that lie in none of their rooms. */
export function roomless(paths: readonly string[]): string[] {
  return paths.filter((path) => {
    const layer = layerOf(path);
    const order = layer === null ? undefined : ROOMS[layer];
    return layer !== null && order !== undefined && roomOf(layer, path, order.flat()) === null;
  });
}

/** Why a file may not import another one of its layer; null when it may. */
function roomFault(
  layer: string,
  from: string,
  to: string,
  order: (typeof ROOMS)[string] = [],
): string | null {
  if (order.length === 0) return null;
  const floors = order.map((floor) => (typeof floor === 'string' ? [floor] : floor));
  const source = roomOf(layer, from, floors.flat());
  const target = roomOf(layer, to, floors.flat());
  if (source === null) return `${from}: ${layer} names no such room in its order`;
  if (target === null) return `${to}: ${layer} names no such room in its order`;
  if (source === target) return null;
  const floorOf = (room: string) => floors.findIndex((floor) => floor.includes(room));
  if (floorOf(target) < floorOf(source)) return null;
  const why = floorOf(target) === floorOf(source) ? 'they stand side by side' : 'it stands below';
  return `${from} imports ${to}: in ${layer}, ${source} may not know ${target}: ${why}`;
}

/** The innermost room of a file among those that its layer names. */
function roomOf(layer: string, path: string, rooms: readonly string[]): string | null {
  const folders = path
    .slice(layer.length + 1)
    .split('/')
    .slice(0, -1);
  if (folders.length === 0) return rooms.includes('.') ? '.' : null;
  for (let depth = folders.length; depth > 0; depth--) {
    const room = folders.slice(0, depth).join('/');
    if (rooms.includes(room)) return room;
  }
  return null;
}
