import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import type { Graph, Value } from '../graph.ts';
import { uploadRotaryTable } from '../language-model.ts';
import { BODY_PREFIX } from '../layout.ts';
import { addEmbedding } from '../ops/add-embedding.ts';
import { embedding } from '../ops/embedding.ts';
import { PackedTokens } from '../packed-tokens.ts';
import type { LossContext } from '../trainable-model.ts';
import { causalAttention, transformerStack } from '../transformer.ts';
import {
  featureTable,
  ITEM_EMBEDDINGS,
  SEGMENT_EMBEDDINGS,
  SEGMENTS,
  stackOf,
  type BehaviourConfig,
} from './behaviour-layout.ts';

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
export function checkRows(config: BehaviourConfig, rows: BehaviourRows): void {
  const { B, T, items, features } = rows;
  const columns: [string, Uint32Array | undefined, number][] = [
    ['items', items, config.items],
    ...config.features.map(({ name, values }): [string, Uint32Array | undefined, number] => [
      name,
      features[name],
      values,
    ]),
  ];
  for (const [name, column, limit] of columns) {
    if (column?.length !== B * T) {
      const message = `Batch column "${name}" has ${column?.length ?? 0} of ${B * T} positions.`;
      throw new AppError('invalid-argument', message);
    }
    for (const id of column) {
      if (id < limit) continue;
      throw new AppError('invalid-argument', `"${name}" ${id} is beyond its table of ${limit}.`);
    }
  }
}

/** Device copies of a batch's rows, and the graph from them to the final hidden states. */
export class BehaviourInputs {
  private readonly config: BehaviourConfig;
  private readonly rows: number;
  private readonly length: number;
  private readonly items: PackedTokens;
  private readonly features: readonly { readonly name: string; readonly tokens: PackedTokens }[];
  private readonly marks: PackedTokens;
  private readonly ropeTable: DeviceBuffer;

  constructor(scope: BufferScope, config: BehaviourConfig, { B, T }: { B: number; T: number }) {
    if (T > config.maxPositions) {
      const message = `Rows of ${T} positions exceed the model's ${config.maxPositions}.`;
      throw new AppError('limit-exceeded', message, { hint: 'Shorten the history.' });
    }
    this.config = config;
    this.rows = B * T;
    this.length = T;
    this.items = new PackedTokens(scope, this.rows, config.items);
    this.features = config.features.map(({ name, values }) => ({
      name,
      tokens: new PackedTokens(scope, this.rows, values),
    }));
    this.marks = new PackedTokens(scope, this.rows, SEGMENTS);
    this.ropeTable = uploadRotaryTable(scope, stackOf(config));
  }

  /** @param marks u32[B T]: 0 history, 1 candidate */
  upload({ items, features, segments }: BehaviourRows, marks: Uint32Array): void {
    this.items.upload(items, segments);
    this.marks.upload(marks, segments);
    for (const { name, tokens } of this.features) {
      tokens.upload(features[name] ?? new Uint32Array(this.rows), segments);
    }
  }

  /** Final hidden states, f32[B T, C]. */
  hidden(graph: Graph, { parameters, recompute }: LossContext): Value {
    const { config, rows } = this;
    const { width } = config;
    const stack = stackOf(config);
    const sizes = (vocabulary: number) => ({ rows, width, vocabulary });
    let stream = embedding(
      graph,
      parameters.get(ITEM_EMBEDDINGS),
      this.items.tokens,
      sizes(config.items),
    );
    config.features.forEach(({ name, values }, index) => {
      const tokens = this.features[index]?.tokens.tokens;
      if (tokens === undefined) throw new AppError('internal', `No input of feature "${name}".`);
      const table = parameters.get(featureTable(name));
      stream = addEmbedding(graph, stream, table, tokens, sizes(values));
    });
    const marks = parameters.get(SEGMENT_EMBEDDINGS);
    stream = addEmbedding(graph, stream, marks, this.marks.tokens, sizes(SEGMENTS));
    const attend = causalAttention(graph, stack, rows, {
      table: viewOf(this.ropeTable),
      positions: this.items.places,
      spans: this.items.spans,
      length: this.length,
    });
    const options = { prefix: BODY_PREFIX, layers: config.layers, rows, recompute };
    return transformerStack(graph, stack, parameters, stream, attend, options);
  }
}
