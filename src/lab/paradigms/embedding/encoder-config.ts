import type { EncoderConfig } from '../../../nn/embedding-model/embedding-layout.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';

/** The encoders of a stored model. */
export function encoderConfigOf({
  config,
  itemVectors,
}: Pick<CheckpointMeta, 'config' | 'itemVectors'>): EncoderConfig {
  return { ...config, ...itemVectorsOf({ itemVectors }) };
}

/** What is told of a model's size beside its configuration: absent where an item is its text. */
export function itemVectorsOf({
  itemVectors,
}: {
  readonly itemVectors?: number | undefined;
}): Pick<CheckpointMeta, 'itemVectors'> {
  return itemVectors === undefined ? {} : { itemVectors };
}
