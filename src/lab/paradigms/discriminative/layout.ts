import type { ParameterLayout } from '../../../core/layout.ts';
import { behaviourTable } from '../../../nn/behaviour-model/behaviour-layout.ts';
import { dinTable } from '../../../nn/din-model/din-layout.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import { behaviourOf } from './behaviour-meta.ts';

/** The layout that a behaviour model's own configuration decides. */
export function behaviourLayout(meta: Pick<CheckpointMeta, 'behaviour' | 'name'>): ParameterLayout {
  const { config, hasHead, din } = behaviourOf(meta);
  return din === undefined ? behaviourTable(config, hasHead).layout : dinTable(din).layout;
}
