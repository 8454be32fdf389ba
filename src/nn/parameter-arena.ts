import type { DeviceBuffer, Executor } from '../compute/executor.ts';
import type { BufferScope } from '../compute/buffer-scope.ts';
import { bindableElements } from '../compute/limits.ts';
import { AppError } from '../core/errors.ts';
import type { ModelConfig } from './config.ts';
import { parameterTable } from './layout.ts';
import type { OptimizerShard } from './ops/optimizer.ts';
import type { ParameterRule } from './parameter-rules.ts';
import { ParameterViews } from './parameters.ts';
import {
  blockTable,
  blockTableLength,
  placeParameters,
  putShard,
  shardData,
  type Placement,
} from './placement.ts';
import type { ParameterTable } from './trainable-model.ts';

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
export function uploadWeights(
  scope: BufferScope,
  config: ModelConfig,
  parameters: Float32Array,
): ParameterViews {
  return uploadTable(scope, parameterTable(config), parameters);
}

/** The same for a model of any kind. @errors layout-mismatch, limit-exceeded */
export function uploadTable(
  scope: BufferScope,
  table: ParameterTable,
  parameters: Float32Array,
): ParameterViews {
  const placement = placementFor(scope.executor, table);
  checkArena(placement, parameters);
  const shards = allocateShards(scope, placement);
  placement.shards.forEach((shard, index) => {
    const weights = shards[index]?.weights;
    if (weights !== undefined) scope.executor.write(weights, shardData(shard, parameters));
  });
  return new ParameterViews(placement, shards);
}

/** Room for weights that are not there yet: for plans that are not run. @errors limit-exceeded */
export function reserveWeights(scope: BufferScope, config: ModelConfig): ParameterViews {
  const placement = placementFor(scope.executor, parameterTable(config));
  return new ParameterViews(placement, allocateShards(scope, placement));
}

function allocateShards(scope: BufferScope, { shards }: Placement) {
  return shards.map(({ length }) => ({
    weights: scope.floats('weights', length),
    gradients: null,
  }));
}

/** @errors layout-mismatch */
export function checkArena({ layout }: Placement, parameters: ArrayLike<number>): void {
  if (parameters.length === layout.length) return;
  throw new AppError('layout-mismatch', 'The weights do not fit the model configuration.', {
    hint: 'Use the configuration that the weights were trained with.',
  });
}

export type ArenaKind = 'weights' | 'm' | 'v';

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
  async read(kind: ArenaKind): Promise<Float32Array<ArrayBuffer>> {
    const arena = new Float32Array(this.placement.layout.length);
    const { shards } = this.placement;
    for (const [index, shard] of shards.entries()) {
      const buffer = this.shards[index]?.[kind];
      if (buffer !== undefined) putShard(shard, await this.executor.readFloats(buffer), arena);
    }
    return arena;
  }
}
