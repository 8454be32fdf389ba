import { jsonFile, textFile, type FolderFile } from '../../../io/hf-checkpoint.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { LabStore, StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import { tokenizerFiles, TRANSFORMERS } from '../language/export-language-model.ts';
import type { ModelUsage } from '../contract/paradigm.ts';
import { exportEmbedding, ITEM_FOLDER, ITEM_VECTOR_FILE, USER_FOLDER } from './export-embedding.ts';

/** A folder of two encoders. @errors checkpoint-missing, checkpoint-corrupt */
export async function exportEncoders(
  store: LabStore,
  { meta, parameters }: StoredCheckpoint,
  readme: string,
): Promise<readonly FolderFile[]> {
  const vocabulary = vocabularyOf(meta.vocabulary);
  const tokenizer = await tokenizerFiles(store, meta, vocabulary);
  const { files, parts } = exportEmbedding(meta, parameters, tokenizer, vocabulary.special);
  return [
    ...files,
    jsonFile('mmgrid.json', { ...meta, embedding: parts }),
    textFile('README.md', readme),
  ];
}

const ITEM_VECTOR_LINES = [
  `It is not HLLM: a learnt vector of each item (\`${ITEM_VECTOR_FILE}\`, rows in the order of the`,
  'domain’s `items.csv`) is added to that of its text.',
];

/** How two encoders are read. */
export function encoderUsage({ itemVectors }: CheckpointMeta): ModelUsage {
  return {
    ...{ tag: 'semantic-embedding', library: TRANSFORMERS },
    io: [
      `Two encoders. \`${ITEM_FOLDER}\` reads an item's text, ended by the item token that \`mmgrid.json\``,
      `names; its last hidden state is the item's vector. \`${USER_FOLDER}\` reads vectors of the history,`,
      'oldest first, in place of embeddings; the cosine of its last state with an item’s vector ranks.',
      ...(itemVectors === undefined ? [] : ITEM_VECTOR_LINES),
    ],
    python: [
      'from transformers import AutoModel, AutoTokenizer',
      `items, users = (AutoModel.from_pretrained(folder, subfolder=name) for name in ("${ITEM_FOLDER}", "${USER_FOLDER}"))`,
      `tokenizer = AutoTokenizer.from_pretrained(folder, subfolder="${ITEM_FOLDER}")`,
    ],
  };
}
