import { elementCount } from '../../../core/layout.ts';
import type { Inventory } from '../checkpoint.ts';
import { hasTokenRows, inputRows, layerPlace } from '../tensor-names.ts';

/** A tensor with an entry for every token. */
export interface TokenTable {
  readonly rows: number;
  /** Values of one token. */
  readonly width: number;
}

const BIASES =
  /(?:^|\.)(?:lm_head|embed_out|output|output_layer|decoder|predictions)\.bias$|(?:^|\.)final_logits_bias$/;
const POSITIONS = /position|pos_emb|\bwpe\b|rotary|inv_freq/;

/**
 * What of a model's tensor belongs to tokens: embeddings and heads by their names; a head's bias
 * and other tensors outside the layers by their length, where it is that of the embedding and no
 * other size of the model. Null for what has nothing to do with tokens.
 */
export function tokenTable(
  { tensors }: Pick<Inventory, 'tensors'>,
  name: string,
): TokenTable | null {
  const shape = tensors.get(name)?.shape ?? [];
  if (hasTokenRows(name)) return shape.length === 2 ? tableOf(shape) : null;
  const [rows, width] = tensors.get(inputRows(tensors.keys()) ?? '')?.shape ?? [];
  if (rows === undefined || layerPlace(name) !== null || POSITIONS.test(name)) return null;
  // A length that the width has, too, tells nothing: a norm is no bias of the head.
  if (rows === width && !BIASES.test(name)) return null;
  if (shape[0] === rows) return tableOf(shape);
  const isRow = shape.length === 2 && shape[0] === 1 && shape[1] === rows;
  return isRow ? { rows, width: 1 } : null;
}

/**
 * Whether a model's head is known to be its embedding or another matrix: it has an embedding, and no
 * table as wide under a name that we do not know, which may be a head.
 */
export function knowsHead(model: Pick<Inventory, 'tensors'>): boolean {
  const names = [...model.tensors.keys()];
  const embedding = inputRows(names);
  const [, width] = model.tensors.get(embedding ?? '')?.shape ?? [];
  const isOther = (name: string) =>
    !hasTokenRows(name) && tokenTable(model, name)?.width === width && width !== 1;
  return embedding !== null && !names.some(isOther);
}

function tableOf(shape: readonly number[]): TokenTable {
  const [rows = 0] = shape;
  return { rows, width: rows === 0 ? 0 : elementCount(shape) / rows };
}

/** The shape of a table with another number of tokens. */
export function withTokens(
  shape: readonly number[],
  { rows: before }: TokenTable,
  rows: number,
): readonly number[] {
  const isRow = shape.length === 2 && shape[0] === 1 && shape[1] === before && before !== 1;
  return isRow ? [1, rows] : [rows, ...shape.slice(1)];
}
