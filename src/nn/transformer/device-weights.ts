import type { Arena } from '../../core/arena-source.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { DeviceWeights, loadTable, uploadTable } from '../graph/parameter-arena.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import type { ModelConfig } from './config.ts';
import { parameterTable } from './layout.ts';

/**
 * Weights of a decoder on the device, for inference. They live as long as the scope.
 * @errors layout-mismatch, limit-exceeded
 */
export function uploadWeights(
  scope: BufferScope,
  config: ModelConfig,
  parameters: Float32Array,
): ParameterViews {
  return uploadTable(scope, parameterTable(config), parameters);
}

/**
 * The same of an arena that may have to be read.
 * @errors layout-mismatch, limit-exceeded, and as the arena's reads
 */
export function loadWeights(
  scope: BufferScope,
  config: ModelConfig,
  arena: Arena,
): Promise<ParameterViews> {
  return loadTable(scope, parameterTable(config), arena);
}

/** Room for weights that are not there yet: for plans that are not run. @errors limit-exceeded */
export function reserveWeights(scope: BufferScope, config: ModelConfig): ParameterViews {
  return new DeviceWeights(scope, parameterTable(config)).views;
}
