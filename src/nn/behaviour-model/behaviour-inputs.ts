import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type BufferView, type DeviceBuffer } from '../../compute/executor.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { uploadRotaryTable } from '../transformer/language-model.ts';
import { BODY_PREFIX } from '../transformer/layout.ts';
import { addEmbedding } from '../ops/add-embedding.ts';
import { embedding, type TokenInput } from '../ops/embedding.ts';
import { PackedTokens } from '../inputs/packed-tokens.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import type { LossContext } from '../training/trainable-model.ts';
import { segmentAttention, transformerStack } from '../transformer/transformer.ts';
import {
  featureTable,
  isCausal,
  ITEM_EMBEDDINGS,
  SEGMENT_EMBEDDINGS,
  SEGMENTS,
  stackOf,
  type BehaviourConfig,
  type BehaviourTables,
} from './behaviour-layout.ts';
import { checkColumn } from './click-head.ts';

/** Rows of B sequences of T positions, as both stages have them. */
export interface BehaviourRows {
  readonly B: number;
  readonly T: number;
  /** u32[B T], 0 = unknown or padding. */
  readonly items: Uint32Array;
  /** By side feature: u32[B T]. */
  readonly features: Readonly<Record<string, Uint32Array>>;
  /** Pairs [start, end) of real positions, see `fillSpans`. */
  readonly segments: Uint32Array;
}

/** @errors invalid-argument for ids beyond their tables or rows of the wrong length */
export function checkRows(
  config: Pick<BehaviourTables, 'items' | 'features'>,
  { B, T, items, features }: Omit<BehaviourRows, 'segments'>,
): void {
  checkColumn('items', items, B * T, config.items);
  for (const { name, values } of config.features) {
    checkColumn(name, features[name], B * T, values);
  }
}

/** Device copies of a batch's rows, and the graph to the sum of each position's embeddings. */
export class BehaviourEmbedding {
  private readonly tables: BehaviourTables;
  private readonly rows: number;
  private readonly items: PackedTokens;
  private readonly features: readonly { readonly name: string; readonly tokens: PackedTokens }[];
  private readonly marks: PackedTokens;

  constructor(scope: BufferScope, tables: BehaviourTables, rows: number) {
    this.tables = tables;
    this.rows = rows;
    this.items = new PackedTokens(scope, rows, tables.items);
    this.features = tables.features.map(({ name, values }) => ({
      name,
      tokens: new PackedTokens(scope, rows, values),
    }));
    this.marks = new PackedTokens(scope, rows, SEGMENTS);
  }

  /** u32[N]: position of each row in its segment. */
  get places(): BufferView {
    return this.items.places;
  }

  /** u32[2N]: segment of each row. */
  get spans(): BufferView {
    return this.items.spans;
  }

  /** @param marks u32[N]: 0 history, 1 candidate */
  upload(
    { items, features, segments }: Pick<BehaviourRows, 'items' | 'features' | 'segments'>,
    marks: Uint32Array,
  ): void {
    this.items.upload(items, segments);
    this.marks.upload(marks, segments);
    for (const { name, tokens } of this.features) {
      tokens.upload(features[name] ?? new Uint32Array(this.rows), segments);
    }
  }

  /** @returns f32[N, C] */
  emit(graph: Graph, parameters: ParameterViews): Value {
    const inputs = {
      items: this.items.tokens,
      features: this.features.map(({ tokens }) => tokens.tokens),
      marks: this.marks.tokens,
    };
    return sumEmbeddings(graph, parameters, this.tables, inputs, this.rows);
  }
}

/** What a position's embeddings are looked up by; features in the order of the configuration. */
export interface EmbeddingInputs {
  readonly items: TokenInput;
  readonly features: readonly TokenInput[];
  /** 0 history, 1 candidate. */
  readonly marks: TokenInput;
}

/** The sum of each position's embeddings, f32[N, C]. */
export function sumEmbeddings(
  graph: Graph,
  parameters: ParameterViews,
  tables: BehaviourTables,
  inputs: EmbeddingInputs,
  rows: number,
): Value {
  const sizes = (vocabulary: number) => ({ rows, width: tables.width, vocabulary });
  const add = (stream: Value, name: string, tokens: TokenInput, values: number) =>
    addEmbedding(graph, stream, parameters.get(name), tokens, sizes(values));
  const itemTable = parameters.get(ITEM_EMBEDDINGS);
  let stream = embedding(graph, itemTable, inputs.items, sizes(tables.items));
  tables.features.forEach(({ name, values }, index) => {
    const tokens = inputs.features[index];
    if (tokens === undefined) throw new AppError('internal', `No input of feature "${name}".`);
    stream = add(stream, featureTable(name), tokens, values);
  });
  return add(stream, SEGMENT_EMBEDDINGS, inputs.marks, SEGMENTS);
}

/** Device copies of a batch's rows, and the graph from them to the final hidden states. */
export class BehaviourInputs {
  private readonly config: BehaviourConfig;
  private readonly rows: number;
  private readonly length: number;
  private readonly embedding: BehaviourEmbedding;
  private readonly ropeTable: DeviceBuffer;

  constructor(scope: BufferScope, config: BehaviourConfig, { B, T }: { B: number; T: number }) {
    if (T > config.maxPositions) {
      const message = `Rows of ${T} positions exceed the model's ${config.maxPositions}.`;
      throw new AppError('limit-exceeded', message, { hint: 'Shorten the history.' });
    }
    this.config = config;
    this.rows = B * T;
    this.length = T;
    this.embedding = new BehaviourEmbedding(scope, config, B * T);
    this.ropeTable = uploadRotaryTable(scope, stackOf(config));
  }

  /** @param marks u32[B T]: 0 history, 1 candidate */
  upload(rows: BehaviourRows, marks: Uint32Array): void {
    this.embedding.upload(rows, marks);
  }

  /** Final hidden states, f32[B T, C]. */
  hidden(graph: Graph, { parameters, recompute, dropout }: LossContext): Value {
    const { config, rows } = this;
    const stack = stackOf(config);
    const stream = this.embedding.emit(graph, parameters);
    const inputs = {
      table: viewOf(this.ropeTable),
      positions: this.embedding.places,
      spans: this.embedding.spans,
      length: this.length,
      dropout,
    };
    const attend = segmentAttention(graph, stack, rows, inputs, isCausal(config));
    const options = { prefix: BODY_PREFIX, layers: config.layers, rows, recompute, dropout };
    return transformerStack(graph, stack, parameters, stream, attend, options);
  }
}
