import { AppError } from '../../core/errors.ts';
import {
  alignUp,
  ARENA_ALIGNMENT,
  entryOf,
  type ParameterLayout,
  type TensorEntry,
} from '../../core/layout.ts';
import { formatBytes } from '../../compute/limits.ts';
import { trainingOf, type ParameterRule, type TensorTraining } from './parameter-rules.ts';

/** A range of the arena on the host and where it lies in a shard. Elements. */
export interface ShardPart {
  readonly source: number;
  readonly target: number;
  readonly length: number;
}

/** One device buffer's worth of the parameters: all trained or all frozen. */
export interface Shard {
  readonly isTrained: boolean;
  /** Elements, a multiple of 64. */
  readonly length: number;
  readonly parts: readonly ShardPart[];
}

/** A tensor, or a range of the rows of one that no buffer can hold, and where it lies. Elements. */
export interface Place {
  readonly shard: number;
  readonly offset: number;
  /** Of the tensor's elements. */
  readonly start: number;
  readonly length: number;
}

/**
 * Where each tensor lies on the device. Without rules and within the limits it is one shard, equal
 * to the arena on the host. Frozen tensors have shards of their own, which get no gradient and no
 * moments, so that norm and optimizer run over whole buffers and never meet them.
 */
export interface Placement {
  readonly layout: ParameterLayout;
  readonly shards: readonly Shard[];
  readonly places: ReadonlyMap<string, readonly Place[]>;
  readonly training: ReadonlyMap<string, TensorTraining>;
}

export interface PlacementOptions {
  readonly rules?: readonly ParameterRule[];
  /** Elements that one buffer may hold. */
  readonly maxElements?: number;
  /** Matrices whose ops take them in ranges of rows, so that one buffer need not hold them. */
  readonly tables?: readonly string[] | undefined;
}

/** Rows of a range are a multiple: views of rows and of logits then start where bindings may. */
const ROW_STEP = 64;

/**
 * Distributes the groups of a layout over shards, in order; tables beyond the limit in ranges.
 * @param groups names of the tensors that must stay side by side (q, k, v)
 * @errors limit-exceeded when a group alone is too large; invalid-argument for wrong rules
 */
export function placeParameters(
  layout: ParameterLayout,
  groups: readonly (readonly string[])[],
  { rules = [], maxElements = Infinity, tables = [] }: PlacementOptions = {},
): Placement {
  const training = trainingOf(layout, rules);
  const shards: OpenShard[] = [];
  const places = new Map<string, Place[]>();
  const put = (isTrained: boolean, source: number, length: number) => {
    let shard = shards.findLast((last) => last.isTrained === isTrained);
    if (shard === undefined || shard.length + length > maxElements) {
      shard = new OpenShard(isTrained);
      shards.push(shard);
    }
    return { shard: shards.indexOf(shard), offset: shard.add(source, length) };
  };
  for (const names of groups) {
    const entries = names.map((name) => entryOf(layout, name));
    const source = entries[0]?.offset ?? 0;
    const length = alignUp(sizeOf(entries), ARENA_ALIGNMENT);
    const isTrained = !isFrozen(names, training);
    if (length <= maxElements) {
      const { shard, offset } = put(isTrained, source, length);
      for (const entry of entries) {
        const place = { shard, offset: offset + entry.offset - source };
        places.set(entry.name, [{ ...place, start: 0, length: entry.size }]);
      }
      continue;
    }
    const [table] = entries;
    const most = table === undefined ? 0 : rangeLength(table, maxElements);
    if (table === undefined || !tables.includes(table.name) || most === 0) {
      throw tooLarge(names, length * 4, maxElements * 4);
    }
    const ranges: Place[] = [];
    for (let start = 0; start < table.size; start += most) {
      const own = Math.min(most, table.size - start);
      const place = put(isTrained, source + start, alignUp(own, ARENA_ALIGNMENT));
      ranges.push({ ...place, start, length: own });
    }
    places.set(table.name, ranges);
  }
  return { layout, shards, places, training };
}

/** Most elements of a range of whole rows; 0 when not even ROW_STEP rows fit. */
function rangeLength({ shape }: TensorEntry, maxElements: number): number {
  const step = ROW_STEP * (shape[1] ?? 1);
  return Math.floor(maxElements / step) * step;
}

class OpenShard implements Shard {
  readonly isTrained: boolean;
  readonly parts: { source: number; target: number; length: number }[] = [];
  length = 0;

  constructor(isTrained: boolean) {
    this.isTrained = isTrained;
  }

  /** @returns where the range lies in the shard */
  add(source: number, length: number): number {
    const target = this.length;
    const last = this.parts.at(-1);
    if (last !== undefined && last.source + last.length === source) last.length += length;
    else this.parts.push({ source, target, length });
    this.length += length;
    return target;
  }
}

/** One shard's values out of an arena on the host. */
export function shardData(shard: Shard, arena: Float32Array): Float32Array {
  const [only] = shard.parts;
  if (shard.parts.length === 1 && only !== undefined) {
    return arena.subarray(only.source, only.source + only.length);
  }
  const data = new Float32Array(shard.length);
  for (const { source, target, length } of shard.parts) {
    data.set(arena.subarray(source, source + length), target);
  }
  return data;
}

/** Puts one shard's values back into an arena on the host. */
export function putShard(shard: Shard, data: Float32Array, arena: Float32Array): void {
  for (const { source, target, length } of shard.parts) {
    arena.set(data.subarray(target, target + length), source);
  }
}

/** Elements of the optimizer's block table of a shard. */
export function blockTableLength(shard: Shard): number {
  return shard.length / 32;
}

/**
 * AdamW's multipliers for each 64-element block of a shard: (learning rate, decay).
 * @errors invalid-argument when two tensors of a block are to be trained differently
 */
export function blockTable(placement: Placement, shard: Shard): Float32Array {
  const { layout, places, training, shards } = placement;
  const blocks = new Float32Array(blockTableLength(shard));
  // A number a block: a model of 600 million values has nine million of them.
  const owners = new Int32Array(blocks.length / 2).fill(-1);
  for (const [place, { name }] of layout.entries.entries()) {
    const own = training.get(name);
    if (own === undefined) continue;
    for (const { shard: index, offset, length } of places.get(name) ?? []) {
      if (shards[index] !== shard) continue;
      for (let b = Math.floor(offset / 64); b * 64 < offset + length; b++) {
        const owner = layout.entries[owners[b] ?? -1]?.name;
        if (owner !== undefined && !isSame(training.get(owner), own)) {
          throw sharedBlock(owner, name);
        }
        owners[b] = place;
        blocks[b * 2] = own.learningRate;
        blocks[b * 2 + 1] = own.decay;
      }
    }
  }
  return blocks;
}

function isSame(a: TensorTraining | undefined, b: TensorTraining): boolean {
  return a?.learningRate === b.learningRate && a.decay === b.decay;
}

function sharedBlock(first: string, second: string): AppError {
  return new AppError(
    'invalid-argument',
    `"${first}" and "${second}" share a block of 64 values, so they are trained alike.`,
    { hint: 'Give both the same parameter rule.' },
  );
}

function sizeOf(entries: readonly TensorEntry[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0);
}

/** @errors invalid-argument when only a part of the group is frozen */
function isFrozen(
  names: readonly string[],
  training: ReadonlyMap<string, TensorTraining>,
): boolean {
  const frozen = names.filter((name) => training.get(name)?.isFrozen === true);
  if (frozen.length === 0) return false;
  if (frozen.length === names.length) return true;
  throw new AppError(
    'invalid-argument',
    `${names.join(', ')} are one matrix here; only ${frozen.join(', ')} would be frozen.`,
    { hint: 'Freeze all of them or none.' },
  );
}

function tooLarge(names: readonly string[], need: number, limit: number): AppError {
  return new AppError(
    'limit-exceeded',
    `${names.join(', ')} needs ${formatBytes(need)} in one buffer; the adapter allows ${formatBytes(limit)}.`,
    {
      hint: 'Choose a smaller vocabulary or width, or another adapter. Nothing was started.',
      details: { names: [...names], need, limit },
    },
  );
}
