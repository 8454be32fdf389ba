import type { ParameterLayout } from '../../core/layout.ts';
import { behaviourTable } from '../../nn/behaviour-model/behaviour-layout.ts';
import { dinTable } from '../../nn/din-model/din-layout.ts';
import { embeddingTable } from '../../nn/embedding-model/embedding-layout.ts';
import { parameterLayout } from '../../nn/transformer/layout.ts';
import type { CheckpointMeta } from './checkpoint-meta.ts';

/** Layout of a checkpoint's arena. */
export function layoutOf({
  config,
  paradigm,
  behaviour,
}: Pick<CheckpointMeta, 'config' | 'paradigm' | 'behaviour'>): ParameterLayout {
  if (behaviour !== undefined) {
    const { config: own, hasHead, din } = behaviour;
    return din === undefined ? behaviourTable(own, hasHead).layout : dinTable(din).layout;
  }
  return paradigm === 'embedding' ? embeddingTable(config).layout : parameterLayout(config);
}
