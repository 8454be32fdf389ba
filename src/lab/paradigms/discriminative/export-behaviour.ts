import { jsonFile, tensorsOf, textFile, type FolderFile } from '../../../io/hf-checkpoint.ts';
import { writeSafetensors } from '../../../io/safetensors-write.ts';
import { feedForwardOf } from '../../../nn/behaviour-model/behaviour-layout.ts';
import {
  BEHAVIOUR_CONSTANTS,
  BEHAVIOUR_TYPE,
  VOCABULARY_FILE,
} from '../../../rec/checkpoints/import-behaviour.ts';
import { asArtefact, clickDataArtefact } from '../../results/artefacts.ts';
import { behaviourOf } from './behaviour-meta.ts';
import { behaviourLayout } from './layout.ts';
import type { BehaviourFacts, CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { LabStore, StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import type { ModelUsage } from '../contract/paradigm.ts';

/**
 * A behaviour model as a folder: weights, sizes, the items and values behind the rows of its tables,
 * origin and model card. No library opens it by itself; tensors have the names of the code.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export async function exportBehaviour(
  store: LabStore,
  { meta, parameters }: StoredCheckpoint,
  readme: string,
): Promise<readonly FolderFile[]> {
  const behaviour = behaviourOf(meta);
  const stored: unknown = await store.getArtefact(behaviour.data);
  const { vocabulary } = asArtefact(clickDataArtefact, stored, 'sequences and impressions');
  return [
    {
      path: 'model.safetensors',
      bytes: writeSafetensors(tensorsOf(behaviourLayout(meta), parameters)),
    },
    jsonFile('config.json', configOf(behaviour)),
    jsonFile(VOCABULARY_FILE, vocabulary),
    jsonFile('mmgrid.json', { ...meta }),
    textFile('README.md', readme),
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

/** Pretrained on next items, or with a click head. */
export function behaviourUsage(meta: CheckpointMeta): ModelUsage {
  const { hasHead } = behaviourOf(meta);
  return {
    tag: hasHead ? 'click-through-rate' : 'behaviour-sequences',
    library: 'safetensors',
    io: [
      'Reads a sequence of items, oldest first: embeddings of item, side features and segment (0 history,',
      '1 candidate) are added up. `vocabulary.json` names the rows of the tables; row 0 is unknown.',
      hasHead
        ? 'The click head reads the last state, of the candidate: a logit.'
        : 'The cosine of a state with an item’s row, over 0.05, is the logit of the next item.',
    ],
    python: [
      'from safetensors.numpy import load_file',
      'tensors = load_file(f"{folder}/model.safetensors")',
    ],
  };
}
