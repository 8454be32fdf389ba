import { AppError } from '../../../core/errors.ts';
import { extendTokenizer } from '../../../io/bpe/bpe-tokenizer-files.ts';
import { nameRows } from '../../../io/bpe/name-rows.ts';
import { tokenizerVocabulary } from '../../../io/bpe/tokenizer-vocabulary.ts';
import { jsonFile, tensorsOf, type FolderFile } from '../../../io/hf-checkpoint.ts';
import { writeSafetensors, type NamedTensor } from '../../../io/safetensors-write.ts';
import {
  embeddingTable,
  ITEM_VECTORS,
  ITEM_PREFIX,
  ITEM_TOKEN,
  LOGIT_SCALE,
  USER_PREFIX,
  userLayers,
} from '../../../nn/embedding-model/embedding-layout.ts';
import { toHfConfig, type SequenceTokens } from '../../../nn/transformer/hf-config.ts';
import { tensorOf } from '../../../nn/graph/parameter-table.ts';
import type { TokenizerArtefact } from '../../results/artefacts.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import { encoderConfigOf } from './encoder-config.ts';

/** Folders of the two encoders within that of the checkpoint. */
export const ITEM_FOLDER = 'item_encoder';
export const USER_FOLDER = 'user_encoder';
/** Vectors of the domain's items, in the order of `items.csv` of its data. */
export const ITEM_VECTOR_FILE = 'item_vectors.safetensors';

const WORDS = 'embed_tokens.weight';

/** Where the parts of an embedding model lie; in `mmgrid.json`. */
export interface EmbeddingParts {
  readonly itemEncoder: string;
  readonly userEncoder: string;
  /** The token that ends an item's text: its hidden state is the item's vector. */
  readonly itemToken: { readonly name: string; readonly row: number };
  /** Logarithm of what cosines are multiplied with in training. */
  readonly logitScale: number;
  /** What is added to the items' vectors, where they have any of their own: `ITEM_VECTOR_FILE`. */
  readonly itemVectors?: string;
}

/**
 * The encoders of an embedding model as two folders that Transformers opens (`AutoModel`), with the
 * names of a body alone. The item token is the last row of the item encoder's embedding and the
 * last token of its tokenizer. The user encoder reads vectors (`inputs_embeds`); the library wants
 * an embedding all the same, which is one row of zeros. Vectors of items stand in a file of their own.
 * @param parameters arena of `embeddingTable(meta.config)`
 * @errors layout-mismatch, data-invalid for a bad tokenizer
 */
export function exportEmbedding(
  meta: CheckpointMeta,
  parameters: Float32Array<ArrayBuffer>,
  tokenizer: TokenizerArtefact,
  special: SequenceTokens,
): { readonly files: readonly FolderFile[]; readonly parts: EmbeddingParts } {
  const { config } = meta;
  const { layout } = embeddingTable(encoderConfigOf(meta));
  const tensors = tensorsOf(layout, parameters);
  const bodyOf = (prefix: string): NamedTensor[] =>
    tensors.flatMap(({ name, ...tensor }) =>
      name.startsWith(prefix) ? [{ ...tensor, name: name.slice(prefix.length) }] : [],
    );
  const [words, ...itemBody] = bodyOf(ITEM_PREFIX);
  if (words?.name !== WORDS)
    throw new AppError('internal', 'The embedding is not the first tensor.');
  const rows = new Float32Array((config.vocabSize + 1) * config.width);
  rows.set(words.data);
  rows.set(tensorOf(layout, parameters, ITEM_TOKEN), words.data.length);
  const row = config.vocabSize;
  const { tokenizerJson, name } = withItemToken(tokenizer.tokenizerJson, row);
  const items = model(ITEM_FOLDER, { ...config, vocabSize: row + 1 }, special, [
    { name: WORDS, shape: [row + 1, config.width], data: rows },
    ...itemBody,
  ]);
  const users = model(
    USER_FOLDER,
    { ...config, vocabSize: 1, layers: userLayers(config).length },
    { pad: null, bos: null, eos: null },
    [
      { name: WORDS, shape: [1, config.width], data: new Float32Array(config.width) },
      ...bodyOf(USER_PREFIX),
    ],
  );
  const own = tensors.filter((tensor) => tensor.name === ITEM_VECTORS);
  const [logitScale = 0] = tensorOf(layout, parameters, LOGIT_SCALE);
  const tokenizerConfig = {
    ...tokenizer.tokenizerConfigJson,
    model_max_length: config.maxPositions,
  };
  return {
    files: [
      ...items,
      jsonFile(`${ITEM_FOLDER}/tokenizer.json`, tokenizerJson),
      jsonFile(`${ITEM_FOLDER}/tokenizer_config.json`, tokenizerConfig),
      ...users,
      ...own.map((tensor) => ({ path: ITEM_VECTOR_FILE, bytes: writeSafetensors([tensor]) })),
    ],
    parts: {
      itemEncoder: ITEM_FOLDER,
      userEncoder: USER_FOLDER,
      itemToken: { name, row },
      logitScale,
      ...(own.length > 0 && { itemVectors: ITEM_VECTOR_FILE }),
    },
  };
}

type Tokens = { readonly [Role in keyof SequenceTokens]: number | null };

/** Configuration and weights of a body without a head: Qwen3Model, or LlamaModel. */
function model(
  folder: string,
  config: CheckpointMeta['config'],
  { pad, bos, eos }: Tokens,
  tensors: readonly NamedTensor[],
): FolderFile[] {
  const json = {
    // A body has no head; tied is what makes the folder a language model where one is wanted.
    ...toHfConfig({ ...config, tied: true }),
    architectures: [config.qkNorm ? 'Qwen3Model' : 'LlamaModel'],
    pad_token_id: pad,
    bos_token_id: bos,
    eos_token_id: eos,
  };
  return [
    jsonFile(`${folder}/config.json`, json),
    { path: `${folder}/model.safetensors`, bytes: writeSafetensors(tensors) },
  ];
}

/** The base's tokenizer with one more token, whatever its rows were called before. */
function withItemToken(tokenizerJson: unknown, row: number) {
  const named = nameRows(tokenizerJson, row);
  const { ids } = tokenizerVocabulary(named);
  let name = '[ITEM]';
  while (ids.has(name)) name = `[${name}]`;
  return { tokenizerJson: extendTokenizer(named, [name]).tokenizerJson, name };
}
