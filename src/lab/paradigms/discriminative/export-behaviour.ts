import { jsonFile, tensorsOf, textFile } from '../../../io/hf-checkpoint.ts';
import type { FolderFile } from '../../../io/hf-checkpoint.ts';
import { writeSafetensors } from '../../../io/safetensors-write.ts';
import { feedForwardOf } from '../../../nn/behaviour-model/behaviour-layout.ts';
import {
  BEHAVIOUR_CONSTANTS,
  BEHAVIOUR_TYPE,
  VOCABULARY_FILE,
} from '../../../rec/checkpoints/import-behaviour.ts';
import { asArtefact, clickDataArtefact } from '../../results/artefacts.ts';
import { layoutOf } from '../../checkpoints/checkpoint-layout.ts';
import type { BehaviourFacts, CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { LabStore } from '../../checkpoints/lab-store.ts';
import { modelCard } from '../../export/model-card.ts';

/**
 * A behaviour model as a folder: weights, sizes, the items and values behind the rows of its tables,
 * origin and model card. No library opens it by itself; tensors have the names of the code.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export async function exportBehaviour(
  store: LabStore,
  meta: CheckpointMeta,
  behaviour: BehaviourFacts,
  parameters: Float32Array<ArrayBuffer>,
): Promise<readonly FolderFile[]> {
  const stored: unknown = await store.getArtefact(behaviour.data);
  const { vocabulary } = asArtefact(clickDataArtefact, stored, 'sequences and impressions');
  return [
    {
      path: 'model.safetensors',
      bytes: writeSafetensors(tensorsOf(layoutOf(meta), parameters)),
    },
    jsonFile('config.json', configOf(behaviour)),
    jsonFile(VOCABULARY_FILE, vocabulary),
    jsonFile('mmgrid.json', { ...meta }),
    textFile('README.md', modelCard(meta)),
  ];
}

function configOf({ config, hasHead }: BehaviourFacts): Readonly<Record<string, unknown>> {
  return {
    model_type: BEHAVIOUR_TYPE,
    num_items: config.items,
    features: config.features,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: feedForwardOf(config.width),
    max_position_embeddings: config.maxPositions,
    ...BEHAVIOUR_CONSTANTS,
    attention: config.attention ?? 'causal',
    click_head: hasHead ? { numbers: config.numeric, moments: config.moments ?? [] } : null,
  };
}
