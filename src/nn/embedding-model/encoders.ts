import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type BufferView, type DeviceBuffer } from '../../compute/executor.ts';
import { rangesOf, type Graph, type Value } from '../graph/graph.ts';
import { EMBEDDING } from '../transformer/layout.ts';
import type { Dropout } from '../ops/dropout-sites.ts';
import { addEmbedding } from '../ops/add-embedding.ts';
import { embedding } from '../ops/embedding.ts';
import { selectRows } from '../ops/select-rows.ts';
import { PackedTokens } from '../inputs/packed-tokens.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import { NOT_SELECTED } from '../ops/select-rows.ts';
import { causalAttention, transformerStack } from '../transformer/transformer.ts';
import {
  ITEM_ENCODER,
  ITEM_PREFIX,
  ITEM_TOKEN,
  ITEM_VECTORS,
  USER_PREFIX,
  userLayers,
  type EncoderConfig,
} from './embedding-layout.ts';

export interface EncoderContext {
  readonly config: EncoderConfig;
  readonly parameters: ParameterViews;
  readonly ropeTable: BufferView;
  readonly recompute: boolean;
  /** Of the user encoder; the item encoder drops nothing. Absent: neither does. */
  readonly dropout?: Dropout | undefined;
}

/** Texts of items on the device, packed one after the other, each with the item token at its end. */
export class ItemTexts {
  private readonly scope: BufferScope;
  private readonly config: EncoderConfig;
  private readonly packed: PackedTokens;
  /** Rows of the items' own vectors; null: an item is its text. */
  private readonly own: PackedTokens | null;
  private readonly lasts: DeviceBuffer;
  private readonly slots: DeviceBuffer;
  private readonly ids: Uint32Array;
  private readonly lastRows: Uint32Array;
  private readonly rowSlots: Uint32Array;

  /** @param rows of tokens and item tokens */
  constructor(scope: BufferScope, config: EncoderConfig, rows: number, items: number) {
    this.scope = scope;
    this.config = config;
    this.packed = new PackedTokens(scope, rows, config.vocabSize + 1);
    const { itemVectors } = config;
    this.own = itemVectors === undefined ? null : new PackedTokens(scope, items, itemVectors);
    this.lasts = scope.allocate('item token rows', 'u32', items);
    this.slots = scope.allocate('items of rows', 'u32', rows);
    this.ids = new Uint32Array(rows);
    this.lastRows = new Uint32Array(items);
    this.rowSlots = new Uint32Array(rows);
  }

  /**
   * At most as many texts and tokens as there is room for (checked by the caller).
   * @param numbers of the texts' items: rows of their own vectors
   */
  upload(texts: readonly ArrayLike<number>[], numbers: ArrayLike<number>): void {
    const { ids, lastRows, rowSlots } = this;
    const { executor } = this.scope;
    ids.fill(0);
    lastRows.fill(0);
    rowSlots.fill(NOT_SELECTED);
    const segments = new Uint32Array(2 * texts.length);
    let row = 0;
    texts.forEach((text, item) => {
      segments[2 * item] = row;
      ids.set(text, row);
      row += text.length;
      ids[row] = this.config.vocabSize;
      lastRows[item] = row;
      rowSlots[row] = item;
      row += 1;
      segments[2 * item + 1] = row;
    });
    this.packed.upload(ids, segments);
    executor.write(this.lasts, lastRows);
    executor.write(this.slots, rowSlots);
    if (this.own === null) return;
    const rows = new Uint32Array(lastRows.length);
    rows.set(numbers);
    this.own.upload(rows, Uint32Array.of(0, texts.length));
  }

  /**
   * The item encoder.
   * @returns f32[items, C]: final hidden states of the item tokens, plus the items' own vectors
   */
  vectors(graph: Graph, { config, parameters, ropeTable, recompute }: EncoderContext): Value {
    const { width, vocabSize, layers } = config;
    const { tokens, places: positions, spans } = this.packed;
    const rows = this.ids.length;
    const items = this.lastRows.length;
    // The item token is one more range of the table, after its last row.
    const table = [
      ...rangesOf(parameters.table(`${ITEM_ENCODER}${EMBEDDING}`), vocabSize),
      { ...parameters.get(ITEM_TOKEN), first: vocabSize, rows: 1 },
    ];
    const input = embedding(graph, table, tokens, { rows, width, vocabulary: vocabSize + 1 });
    const length = Math.ceil(rows / items);
    const rope = { table: ropeTable, positions, spans, length };
    const attend = causalAttention(graph, config, rows, rope);
    const stack = { prefix: ITEM_PREFIX, layers, rows, recompute };
    const hidden = transformerStack(graph, config, parameters, input, attend, stack);
    const index = { selected: viewOf(this.lasts), slots: viewOf(this.slots) };
    const read = selectRows(graph, hidden, index, { rows, selected: items, width });
    if (this.own === null) return read;
    const sizes = { rows: items, width, vocabulary: config.itemVectors ?? 0 };
    return addEmbedding(graph, read, parameters.get(ITEM_VECTORS), this.own.tokens, sizes);
  }
}

/**
 * The user encoder over sequences of item vectors.
 * @returns f32[rows, C]: at each position a vector that looks for the next item
 */
export function userStates(
  graph: Graph,
  input: Value,
  { config, parameters, ropeTable, recompute, dropout }: EncoderContext,
  { rows, places, spans }: { rows: number; places: BufferView; spans: BufferView },
): Value {
  const rope = { table: ropeTable, positions: places, spans, length: rows, dropout };
  const attend = causalAttention(graph, config, rows, rope);
  const layers = userLayers(config).length;
  const stack = { prefix: USER_PREFIX, layers, rows, recompute, dropout };
  return transformerStack(graph, config, parameters, input, attend, stack);
}
