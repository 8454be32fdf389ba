import { extendTokenizer } from '../../../io/bpe/bpe-tokenizer-files.ts';
import {
  checkpointFolderPieces,
  writeCheckpointFolder,
  type CheckpointFolder,
  type FolderFile,
} from '../../../io/hf-checkpoint.ts';
import { wordLevelTokenizer, type TokenizerFiles } from '../../../io/word-level-tokenizer.ts';
import { parameterLayout } from '../../../nn/transformer/layout.ts';
import { toHfConfig } from '../../../nn/transformer/hf-config.ts';
import { itemTokens } from '../../../rec/rows/token-rows.ts';
import { idTokenNames, tokenNames, type Vocabulary } from '../../../rec/semantic-ids/vocabulary.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { CheckpointSource, LabStore, StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import { asArtefact, idsArtefact, tokenizerArtefact } from '../../results/artefacts.ts';

/**
 * A language model as a Hugging Face-layout folder: weights, configuration, tokenizer, the items
 * behind the tokens, its origin, and a model card.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export async function exportLanguageModel(
  store: LabStore,
  { meta, parameters }: StoredCheckpoint,
  readme: string,
): Promise<readonly FolderFile[]> {
  return writeCheckpointFolder({ ...(await described(store, meta, readme)), arena: parameters });
}

/** The same in pieces, of a model that the host need not hold. @errors as exportLanguageModel */
export async function* languageModelPieces(
  store: LabStore,
  { meta, parameters }: CheckpointSource,
  readme: string,
): AsyncGenerator<FolderFile> {
  yield* checkpointFolderPieces({ ...(await described(store, meta, readme)), arena: parameters });
}

async function described(
  store: LabStore,
  meta: CheckpointMeta,
  readme: string,
): Promise<Omit<CheckpointFolder, 'arena'>> {
  const vocabulary = vocabularyOf(meta.vocabulary);
  const { special } = vocabulary;
  return {
    layout: parameterLayout(meta.config),
    configJson: toHfConfig(meta.config, special),
    generationConfigJson: {
      bos_token_id: special.bos,
      eos_token_id: special.eos,
      pad_token_id: special.pad,
      ...(vocabulary.levels > 0 && { do_sample: false, max_new_tokens: vocabulary.levels }),
    },
    ...(await tokenizerFiles(store, meta, vocabulary)),
    semanticIdsJson: await semanticIdsJson(store, meta, vocabulary),
    mmgridJson: { ...meta },
    readme,
  };
}

/** The base's own tokenizer with the id tokens added; a fixed word list where there is no text. */
export async function tokenizerFiles(
  store: LabStore,
  { tokenizer, config }: CheckpointMeta,
  vocabulary: Vocabulary,
): Promise<TokenizerFiles> {
  if (tokenizer === undefined) {
    return wordLevelTokenizer(tokenNames(vocabulary), config.maxPositions);
  }
  const stored: unknown = await store.getArtefact(tokenizer);
  const files = asArtefact(tokenizerArtefact, stored, 'tokenizer');
  const { tokenizerJson } = extendTokenizer(files.tokenizerJson, idTokenNames(vocabulary));
  const tokenizerConfigJson = {
    ...files.tokenizerConfigJson,
    model_max_length: config.maxPositions,
  };
  return { tokenizerJson, tokenizerConfigJson };
}

/** Per domain: item id → its tokens. Domains share the tokens, not their meaning. */
export async function semanticIdsJson(
  store: LabStore,
  { semanticIds }: Pick<CheckpointMeta, 'semanticIds'>,
  vocabulary: Vocabulary,
): Promise<Readonly<Record<string, unknown>> | null> {
  if (vocabulary.levels === 0) return null;
  const names = idTokenNames(vocabulary);
  const domains = new Map<string, unknown>();
  for (const [domain, jobId] of Object.entries(semanticIds)) {
    const stored: unknown = await store.getArtefact(jobId);
    const { ids, itemIds } = asArtefact(idsArtefact, stored, `semantic ids ${domain}`);
    const tokens = new Map(
      itemIds.map((itemId, item) => [
        itemId,
        itemTokens(item, ids, vocabulary).map(
          (token) => names[token - vocabulary.firstIdToken] ?? '',
        ),
      ]),
    );
    domains.set(domain, Object.fromEntries(tokens));
  }
  const { levels, codesPerLevel } = vocabulary;
  return { levels, codesPerLevel, domains: Object.fromEntries(domains) };
}

/** The library that opens it, and how. */
export const TRANSFORMERS = 'transformers';
export const CAUSAL_LINES = [
  'from transformers import AutoModelForCausalLM, AutoTokenizer',
  'model = AutoModelForCausalLM.from_pretrained(folder)',
  'tokenizer = AutoTokenizer.from_pretrained(folder)',
] as const;
