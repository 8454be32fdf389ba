import { AppError } from '../../core/errors.ts';
import { jsonFile, textFile, writeCheckpointFolder } from '../../io/hf-checkpoint.ts';
import type { FolderFile } from '../../io/hf-checkpoint.ts';
import { extendTokenizer } from '../../io/bpe/bpe-tokenizer-files.ts';
import { wordLevelTokenizer, type TokenizerFiles } from '../../io/word-level-tokenizer.ts';
import { toHfConfig } from '../../nn/transformer/hf-config.ts';
import { itemTokens } from '../../rec/rows/token-rows.ts';
import { idTokenNames, tokenNames } from '../../rec/semantic-ids/vocabulary.ts';
import type { Vocabulary } from '../../rec/semantic-ids/vocabulary.ts';
import { asArtefact, idsArtefact, tokenizerArtefact } from '../results/artefacts.ts';
import { exportBehaviour } from '../paradigms/discriminative/export-behaviour.ts';
import { exportEmbedding } from '../paradigms/embedding/export-embedding.ts';
import { layoutOf } from '../checkpoints/checkpoint-layout.ts';
import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import type { LabStore } from '../checkpoints/lab-store.ts';
import { modelCard } from './model-card.ts';
import { vocabularyOf } from '../checkpoints/model-config.ts';

/**
 * A stored checkpoint as a Hugging Face-layout folder: weights, configuration, tokenizer, the items
 * behind the tokens, its origin, and a model card. An embedding model has a folder per encoder.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export async function exportCheckpoint(
  store: LabStore,
  id: string,
): Promise<readonly FolderFile[]> {
  const stored = await store.getCheckpoint(id);
  if (stored === null) {
    throw new AppError('checkpoint-missing', 'This checkpoint is not in the store.', {
      hint: 'Nothing was exported. Run the experiment again: it will be made once more.',
      details: { id },
    });
  }
  const { meta, parameters } = stored;
  const { behaviour } = meta;
  if (behaviour !== undefined) return exportBehaviour(store, meta, behaviour, parameters);
  const vocabulary = vocabularyOf(meta.vocabulary);
  const { special } = vocabulary;
  const tokenizer = await tokenizerFiles(store, meta, vocabulary);
  if (meta.paradigm === 'embedding') {
    const { files, parts } = exportEmbedding(meta, parameters, tokenizer, special);
    return [
      ...files,
      jsonFile('mmgrid.json', { ...meta, embedding: parts }),
      textFile('README.md', modelCard(meta)),
    ];
  }
  return writeCheckpointFolder({
    layout: layoutOf(meta),
    arena: parameters,
    configJson: toHfConfig(meta.config, special),
    generationConfigJson: {
      bos_token_id: special.bos,
      eos_token_id: special.eos,
      pad_token_id: special.pad,
      ...(vocabulary.levels > 0 && { do_sample: false, max_new_tokens: vocabulary.levels }),
    },
    ...tokenizer,
    semanticIdsJson: await semanticIdsJson(store, meta, vocabulary),
    mmgridJson: { ...meta },
    readme: modelCard(meta),
  });
}

/** The base's own tokenizer with the id tokens added; a fixed word list where there is no text. */
async function tokenizerFiles(
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
async function semanticIdsJson(
  store: LabStore,
  { semanticIds }: CheckpointMeta,
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
