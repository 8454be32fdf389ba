import type { Arena } from '../../core/arena-source.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type Executor } from '../../compute/executor.ts';
import { ItemTexts } from '../../nn/embedding-model/encoders.ts';
import { embeddingTable, type EncoderConfig } from '../../nn/embedding-model/embedding-layout.ts';
import { Graph } from '../../nn/graph/graph.ts';
import { uploadRotaryTable } from '../../nn/transformer/language-model.ts';
import { loadTable } from '../../nn/graph/parameter-arena.ts';
import { compilePlan, Workspace } from '../../nn/graph/plan.ts';
import type { RankHooks } from '../data/rank-hooks.ts';
import { throwIfAborted } from '../training/train-loop.ts';
import { checkItemTokens, compiledSize, type ItemTokens } from './item-texts.ts';

export interface EncodeInput {
  /** Of the base language model. */
  readonly config: EncoderConfig;
  /** Arena of `embeddingTable(config)`. */
  readonly parameters: Arena;
  readonly itemTokens: ItemTokens;
  /** Rows of the item encoder that are computed together. Default 4096. */
  readonly tokensPerBatch?: number;
}

/**
 * Vectors of all items, as the user encoder reads them: not of length 1. Of a model with vectors of items
 * they are those of the texts plus each item's own.
 * @returns f32[items, width]
 * @errors aborted, device-lost, limit-exceeded, data-invalid
 */
export async function encodeItems(
  executor: Executor,
  { config, parameters, itemTokens, tokensPerBatch = 4096 }: EncodeInput,
  { signal, onProgress }: RankHooks = {},
): Promise<Float32Array<ArrayBuffer>> {
  checkItemTokens(itemTokens, config);
  const batches = packTexts(itemTokens, tokensPerBatch);
  const rows = compiledSize(Math.max(...batches.map(({ tokens }) => tokens)));
  const most = Math.max(...batches.map(({ first, end }) => end - first));
  const { width } = config;
  const vectors = new Float32Array(itemTokens.length * width);
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  try {
    const texts = new ItemTexts(scope, config, rows, most);
    const graph = new Graph();
    const out = texts.vectors(graph, {
      config,
      parameters: await loadTable(scope, embeddingTable(config), parameters),
      ropeTable: viewOf(uploadRotaryTable(scope, config)),
      recompute: false,
    });
    graph.keep(out);
    const plan = await compilePlan('encode items', graph, executor, workspace);
    for (const { first, end } of batches) {
      throwIfAborted(signal);
      const numbers = Array.from({ length: end - first }, (_, at) => first + at);
      texts.upload(itemTokens.slice(first, end), numbers);
      executor.run(plan.program);
      const found = await executor.readFloats(plan.viewOf(out));
      vectors.set(found.subarray(0, (end - first) * width), first * width);
      onProgress?.({ done: end, total: itemTokens.length });
    }
    plan.program.destroy();
    return vectors;
  } finally {
    workspace.destroy();
    scope.destroy();
  }
}

interface TextBatch {
  readonly first: number;
  readonly end: number;
  /** With an item token for each text. */
  readonly tokens: number;
}

/** Neighbouring items whose texts fit together; a longer text stands alone. */
function packTexts(itemTokens: ItemTokens, limit: number): TextBatch[] {
  const batches: TextBatch[] = [];
  let first = 0;
  let tokens = 0;
  itemTokens.forEach(({ length }, item) => {
    if (tokens > 0 && tokens + length + 1 > limit) {
      batches.push({ first, end: item, tokens });
      first = item;
      tokens = 0;
    }
    tokens += length + 1;
  });
  batches.push({ first, end: itemTokens.length, tokens });
  return batches;
}
