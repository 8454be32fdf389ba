import { jsonFile, tensorsOf, textFile, type FolderFile } from '../../../../io/hf-checkpoint.ts';
import { writeSafetensors } from '../../../../io/safetensors-write.ts';
import {
  compactIdTable,
  type CompactIdConfig,
} from '../../../../nn/compact-id-model/compact-id-layout.ts';
import { COMPACT_TYPE } from '../../../../rec/checkpoints/import-compact.ts';
import type { LabStore } from '../../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../../checkpoints/model-config.ts';
import type { ModelUsage } from '../../contract/paradigm.ts';
import { semanticIdsJson } from '../../language/export-language-model.ts';
import type { CompactCheckpoint } from './compact-model.ts';

/**
 * A compact model as a folder: weights, sizes, the ids that the rows of its tables stand for, origin
 * and model card. No library opens it by itself; tensors have the names of the code.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export async function exportCompact(
  store: LabStore,
  { meta, parameters, config }: CompactCheckpoint,
  readme: string,
): Promise<readonly FolderFile[]> {
  const { layout } = compactIdTable(config);
  const ids = await semanticIdsJson(store, meta, vocabularyOf(meta.vocabulary));
  return [
    { path: 'model.safetensors', bytes: writeSafetensors(tensorsOf(layout, parameters)) },
    jsonFile('config.json', configJson(config)),
    ...(ids === null ? [] : [jsonFile('semantic_ids.json', ids)]),
    jsonFile('mmgrid.json', { ...meta }),
    textFile('README.md', readme),
  ];
}

function configJson(config: CompactIdConfig): Readonly<Record<string, unknown>> {
  return {
    model_type: COMPACT_TYPE,
    id_levels: config.levels,
    codes_per_level: config.codesPerLevel,
    num_prefixes: config.nodes,
    prefix_vectors: config.prefixVectors,
    trie_loss: config.trieLoss,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headWidth,
    intermediate_size: config.feedForward,
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: config.normEps,
    rope_theta: config.ropeTheta,
  };
}

/** What a compact model is, and what it is not. */
export function compactUsage(config: CompactIdConfig): ModelUsage {
  const { levels, codesPerLevel, nodes, prefixVectors, trieLoss, layers, width, heads } = config;
  const sizes = `${String(layers)} layers, width ${String(width)}, ${String(heads)} heads`;
  return {
    tag: 'semantic-id',
    library: 'safetensors',
    shape: `Compact semantic ids, one position an item: a causal decoder of ${sizes} (RMSNorm, rotary positions, SwiGLU).`,
    scored: 'an item',
    io: [
      `An item is ${String(levels)} codes of ${String(codesPerLevel)} each (\`semantic_ids.json\`); row`,
      `level · ${String(codesPerLevel)} + code of \`code_embeddings.weight\` is a code.`,
      'Input: `start.weight`, then of every item of the history, oldest first, the sum of its codes',
      `${prefixVectors ? 'and of the vectors of its prefixes' : 'alone'}. The last state h predicts the next item, level by level:`,
      'h plus what the codes before stand for, normalised by `level_norm.weight`, times the rows of the',
      trieLoss
        ? 'children of that prefix; softmax over these children, so that probabilities of all items add up to 1.'
        : 'level’s codes; softmax over all codes of the level, whether items have them or not.',
      ...(prefixVectors ? prefixLines(levels, nodes) : NO_PREFIXES),
    ],
    merged:
      'Merged over domains: codes and prefixes mean what the codebook of a domain says, and are merged here ' +
      'like all others. The results table puts back what the evaluation names of the evaluated domain’s own ' +
      'checkpoint (see Lineage; `code_embeddings.weight`, and `prefix_vectors.weight` where there are some); ' +
      'copy them before use. All other tensors are the body that domains share.',
    python: [
      'from safetensors.numpy import load_file',
      'tensors = load_file(f"{folder}/model.safetensors")',
    ],
  };
}

function prefixLines(levels: number, nodes: number): string[] {
  return [
    '',
    `\`prefix_vectors.weight\` has a row for every prefix of 1 to ${String(levels)} codes of a domain, shorter ones`,
    'first, prefixes of one length in the order of their codes; it has the ' +
      `${String(nodes)} rows of the largest`,
    'domain, and those that no prefix names are 0. **At the last level a prefix is an item: this model has',
    'one vector an item beside its codes.** It is no model of codes alone, and what it knows of an item',
    'that was never bought, and never competed with one that was, is what the codes say.',
  ];
}

const NO_PREFIXES = [
  '',
  'It has no vectors of prefixes: an item is what its codes say, and items are told apart by codes alone.',
];
