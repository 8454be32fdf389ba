import { jsonFile, tensorsOf, textFile } from '../io/hf-checkpoint.ts';
import type { FolderFile } from '../io/hf-checkpoint.ts';
import { writeSafetensors } from '../io/safetensors-write.ts';
import { feedForwardOf } from '../nn/behaviour-model/behaviour-layout.ts';
import { asArtefact, clickDataArtefact } from './artefacts.ts';
import { layoutOf } from './checkpoint-layout.ts';
import type { BehaviourFacts, CheckpointMeta } from './checkpoint-meta.ts';
import type { LabStore } from './lab-store.ts';
import { modelCard } from './model-card.ts';

/** What the rows of an exported behaviour model's tables mean: the key to use it on other data. */
export const VOCABULARY_FILE = 'vocabulary.json';

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
    model_type: 'mmgrid-behaviour',
    num_items: config.items,
    features: config.features,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: feedForwardOf(config.width),
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    attention: config.attention ?? 'causal',
    click_head: hasHead ? { numbers: config.numeric, moments: config.moments ?? [] } : null,
  };
}
