import { eachPiece, PIECE_LENGTH, type Arena, type ArenaSource } from '../../core/arena-source.ts';
import { viewOf, type DeviceBuffer, type Executor } from '../../compute/executor.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { bindableElements } from '../../compute/limits.ts';
import { AppError } from '../../core/errors.ts';
import type { ParameterTable } from './parameter-table.ts';
import type { ParameterRule } from './parameter-rules.ts';
import { ParameterViews } from './parameters.ts';
import {
  blockTable,
  blockTableLength,
  placeParameters,
  putShard,
  shardData,
  type Placement,
  type Shard,
} from './placement.ts';

/** Where the parameters of a model lie on an executor, within its binding limit. */
export function placementFor(
  { profile }: Pick<Executor, 'profile'>,
  { layout, groups, rowTables }: ParameterTable,
  rules: readonly ParameterRule[] = [],
): Placement {
  const maxElements = bindableElements(profile);
  return placeParameters(layout, groups, { rules, maxElements, tables: rowTables });
}

/**
 * Weights of a model on the device, for inference. They live as long as the scope.
 * @errors layout-mismatch, limit-exceeded
 */
export function uploadTable(
  scope: BufferScope,
  table: ParameterTable,
  parameters: Float32Array,
): ParameterViews {
  const weights = new DeviceWeights(scope, table);
  weights.write(parameters);
  return weights.views;
}

/**
 * The same of an arena that may have to be read: the host holds a piece of it at a time.
 * @errors layout-mismatch, limit-exceeded, and as the arena's reads
 */
export async function loadTable(
  scope: BufferScope,
  table: ParameterTable,
  arena: Arena,
): Promise<ParameterViews> {
  const weights = new DeviceWeights(scope, table);
  await weights.load(arena);
  return weights.views;
}

/** Weights of a model for inference, which others may take the place of. */
export class DeviceWeights {
  readonly views: ParameterViews;
  private readonly executor: Executor;
  private readonly placement: Placement;
  private readonly buffers: readonly DeviceBuffer[];

  /** @errors limit-exceeded */
  constructor(scope: BufferScope, table: ParameterTable) {
    this.executor = scope.executor;
    this.placement = placementFor(scope.executor, table);
    this.buffers = this.placement.shards.map(({ length }) => scope.floats('weights', length));
    const shards = this.buffers.map((weights) => ({ weights, gradients: null }));
    this.views = new ParameterViews(this.placement, shards);
  }

  /** Takes an arena of the host's layout. @errors layout-mismatch */
  write(parameters: Float32Array): void {
    checkArena(this.placement, parameters);
    this.placement.shards.forEach((shard, index) => {
      const buffer = this.buffers[index];
      if (buffer !== undefined) this.executor.write(buffer, shardData(shard, parameters));
    });
  }

  /** Takes an arena piece by piece. @errors layout-mismatch, and as the arena's reads */
  async load(arena: Arena): Promise<void> {
    if (arena instanceof Float32Array) return this.write(arena);
    checkArena(this.placement, arena);
    for (const [index, shard] of this.placement.shards.entries()) {
      const buffer = this.buffers[index];
      if (buffer !== undefined) await loadShard(this.executor, shard, arena, buffer);
    }
  }

  /** Takes an arena of the host's layout that lies on the device. @errors layout-mismatch */
  copyFrom(arena: DeviceBuffer): void {
    checkArena(this.placement, arena);
    this.placement.shards.forEach(({ parts }, index) => {
      const buffer = this.buffers[index];
      if (buffer === undefined) return;
      for (const { source, target, length } of parts) {
        this.executor.copy(viewOf(arena, source, length), viewOf(buffer, target, length));
      }
    });
  }
}

/** @errors layout-mismatch */
export function checkArena({ layout }: Placement, parameters: { readonly length: number }): void {
  if (parameters.length === layout.length) return;
  throw new AppError('layout-mismatch', 'The weights do not fit the model configuration.', {
    hint: 'Use the configuration that the weights were trained with.',
  });
}

/** Bytes on their way to the device before it is waited for: what is queued is memory, too. */
const IN_FLIGHT_LENGTH = 16 * PIECE_LENGTH;

async function loadShard(
  executor: Executor,
  { parts }: Shard,
  arena: ArenaSource,
  buffer: DeviceBuffer,
): Promise<void> {
  let queued = 0;
  for (const { source, target, length } of parts) {
    await eachPiece(arena, { start: source, length }, async (values, start) => {
      executor.write(buffer, values, target + start - source);
      queued += values.length;
      if (queued < IN_FLIGHT_LENGTH) return;
      queued = 0;
      await executor.idle();
    });
  }
}

export type ArenaKind = 'weights' | 'm' | 'v';

/** Trained parameters of one device buffer; all arrays have the same layout. */
export interface OptimizerShard {
  readonly weights: DeviceBuffer;
  readonly gradients: DeviceBuffer;
  readonly m: DeviceBuffer;
  readonly v: DeviceBuffer;
  /** f32[shard / 64, 2]: learning-rate and decay multipliers of each 64-element block. */
  readonly blocks: DeviceBuffer;
}

interface ArenaShard extends Partial<Omit<OptimizerShard, 'weights'>> {
  readonly weights: DeviceBuffer;
}

/** Weights, gradients, moments and multipliers on the device; frozen shards hold weights only. */
export class TrainingArena {
  readonly placement: Placement;
  /** The shards that the optimizer sees. */
  readonly trained: readonly OptimizerShard[];
  private readonly executor: Executor;
  private readonly shards: readonly ArenaShard[];

  constructor(scope: BufferScope, placement: Placement) {
    this.executor = scope.executor;
    this.placement = placement;
    const trained: OptimizerShard[] = [];
    this.shards = placement.shards.map((shard) => {
      const { length } = shard;
      if (!shard.isTrained) return { weights: scope.floats('frozen weights', length) };
      const own = {
        weights: scope.floats('weights', length),
        gradients: scope.floats('gradients', length),
        m: scope.floats('first moments', length),
        v: scope.floats('second moments', length),
        blocks: scope.floats('optimizer blocks', blockTableLength(shard)),
      };
      scope.executor.write(own.blocks, blockTable(placement, shard));
      trained.push(own);
      return own;
    });
    if (trained.length === 0) {
      throw new AppError('invalid-argument', 'All tensors of the model are frozen.', {
        hint: 'Leave at least one tensor to train.',
      });
    }
    this.trained = trained;
  }

  views(): ParameterViews {
    const shards = this.shards.map(({ weights, gradients = null }) => ({ weights, gradients }));
    return new ParameterViews(this.placement, shards);
  }

  /** Takes an arena of the host's layout. */
  write(kind: ArenaKind, arena: Float32Array): void {
    checkArena(this.placement, arena);
    this.placement.shards.forEach((shard, index) => {
      const buffer = this.shards[index]?.[kind];
      if (buffer !== undefined) this.executor.write(buffer, shardData(shard, arena));
    });
  }

  /** In the host's layout; moments of frozen tensors are 0. */
  async read(kind: ArenaKind | 'gradients'): Promise<Float32Array<ArrayBuffer>> {
    const arena = new Float32Array(this.placement.layout.length);
    const { shards } = this.placement;
    for (const [index, shard] of shards.entries()) {
      const buffer = this.shards[index]?.[kind];
      if (buffer !== undefined) putShard(shard, await this.executor.readFloats(buffer), arena);
    }
    return arena;
  }
}
