import type { ParameterLayout } from '../../core/layout.ts';
import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import { paradigmOfModel } from './paradigm-list.ts';

/** Layout of a checkpoint's arena. */
export function layoutOf(
  meta: Pick<
    CheckpointMeta,
    'config' | 'paradigm' | 'behaviour' | 'compact' | 'itemVectors' | 'name'
  >,
): ParameterLayout {
  return paradigmOfModel(meta).layout(meta);
}
