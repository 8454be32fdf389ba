import type { ParameterLayout } from '../core/layout.ts';
import { embeddingTable } from '../nn/embedding-model/embedding-layout.ts';
import { parameterLayout } from '../nn/layout.ts';
import type { CheckpointMeta } from './checkpoint-meta.ts';

/** Layout of a checkpoint's arena. */
export function layoutOf({
  config,
  paradigm,
}: Pick<CheckpointMeta, 'config' | 'paradigm'>): ParameterLayout {
  return paradigm === 'embedding' ? embeddingTable(config).layout : parameterLayout(config);
}
