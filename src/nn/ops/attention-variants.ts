import keysWgsl from '../../../shaders/attention-flash-keys.wgsl?raw';
import queriesWgsl from '../../../shaders/attention-flash-queries.wgsl?raw';
import forwardWgsl from '../../../shaders/attention-flash.wgsl?raw';
import { linearGroups, type KernelVariant } from '../../compute/kernel.ts';
import { uniform } from '../graph/op.ts';

/** How a workgroup cuts attention over heads of at most `width`. */
interface Block {
  readonly width: number;
  /** Own rows of a workgroup. */
  readonly rows: 16 | 32;
  /** Rows of the other side staged at a time. */
  readonly keys: 8 | 16 | 32;
  /** Whether the own rows fit beside them into the 16 KiB that every adapter has. */
  readonly isStaged: boolean;
}

const THREADS = 64;
/** Rows of a thread, as many as a vector has components. */
const TILE = 4;

const FORWARD_BLOCKS: readonly Block[] = [
  { width: 32, rows: 32, keys: 32, isStaged: true },
  { width: 64, rows: 32, keys: 16, isStaged: true },
  { width: 128, rows: 16, keys: 16, isStaged: false },
];

/** Two matrices on each side. */
const BACKWARD_BLOCKS: readonly Block[] = [
  { width: 16, rows: 32, keys: 32, isStaged: true },
  { width: 32, rows: 32, keys: 16, isStaged: true },
  { width: 64, rows: 32, keys: 16, isStaged: false },
  { width: 128, rows: 16, keys: 8, isStaged: false },
];

const SHADERS = { forward: forwardWgsl, queries: queriesWgsl, keys: keysWgsl } as const;

type Entry = keyof typeof SHADERS;

/** Attention in blocks of rows, for GPUs, where barriers are cheap and memory is far. */
export function attentionVariants(entry: Entry): readonly KernelVariant[] {
  const blocks = entry === 'forward' ? FORWARD_BLOCKS : BACKWARD_BLOCKS;
  return blocks.map((block) => flash(entry, block));
}

function flash(entry: Entry, { width, rows, keys, isStaged }: Block): KernelVariant {
  const lines = rows / TILE;
  const columns = THREADS / lines;
  return {
    name: `flash${width}`,
    wgsl: () => SHADERS[entry],
    entry,
    constants: {
      TILE,
      ROWS: rows,
      KEYS: keys,
      COLUMNS: columns,
      OWN_KEYS: Math.ceil(keys / columns),
      OWN_COLUMNS: Math.ceil(width / 4 / columns),
      STAGED: isStaged ? 1 : 0,
    },
    groups: (uniforms) => {
      const heads = uniform(uniforms, entry === 'keys' ? 'kv_heads' : 'heads');
      return linearGroups(Math.ceil(uniform(uniforms, 'rows') / rows) * heads, 1);
    },
    limits: {
      maxComputeInvocationsPerWorkgroup: THREADS,
      maxComputeWorkgroupStorageSize: workgroupBytes(entry, { width, rows, keys, isStaged }),
    },
    handles: (uniforms) => 4 * uniform(uniforms, 'D4') <= width,
    suits: ({ isSoftware }) => !isSoftware,
  };
}

/** What the shaders declare `var<workgroup>`, for the widest heads of a block. */
function workgroupBytes(entry: Entry, { width, rows, keys, isStaged }: Block): number {
  const d4 = width / 4;
  const own = isStaged ? rows * d4 : 1;
  const tile = keys * (d4 | 1);
  const weights = keys * ((rows / TILE) | 1);
  const vectors =
    entry === 'forward'
      ? own + tile + weights + THREADS
      : 2 * own + 2 * tile + Math.max(weights, THREADS);
  return 16 * vectors;
}
