import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import { DeviceBags } from '../inputs/bag-index.ts';
import { fillSpans } from '../inputs/spans.ts';
import { embeddingBag } from '../ops/embedding-bag.ts';
import type { Dropout } from '../ops/dropout-sites.ts';
import { BODY_PREFIX } from '../transformer/layout.ts';
import { causalAttention, transformerStack } from '../transformer/transformer.ts';
import type { CodeTree } from './code-tree.ts';
import { stackOf, TableRows, type CompactIdConfig } from './compact-id-layout.ts';

/** What a position holds: the start of a sequence, or `ITEM_BASE` + the number of an item. */
export const START_ID = 0;
export const ITEM_BASE = 1;

/** B sequences of T positions: item ids from `ITEM_BASE` on, or `START_ID`. */
export interface PositionRows {
  /** u32[B T]. */
  readonly ids: Uint32Array;
  /** Pairs [start, end) of real positions, see `fillSpans`. */
  readonly segments: Uint32Array;
}

/** Device copies of sequences of items, one position an item, and the graph to their states. */
export class ItemPositions {
  private readonly scope: BufferScope;
  private readonly config: CompactIdConfig;
  private readonly tree: CodeTree;
  private readonly table: TableRows;
  private readonly ropeTable: DeviceBuffer;
  private readonly rows: number;
  private readonly length: number;
  private readonly bags: DeviceBags;
  private readonly rowSpans: Uint32Array;
  private readonly rowPlaces: Uint32Array;
  private readonly buffers;

  /** @errors limit-exceeded for sequences beyond the model's positions */
  constructor(
    scope: BufferScope,
    config: CompactIdConfig,
    tree: CodeTree,
    ropeTable: DeviceBuffer,
    { B, T }: { B: number; T: number },
  ) {
    if (T > config.maxPositions) {
      const message = `Rows of ${T} positions exceed the model's ${config.maxPositions}.`;
      throw new AppError('limit-exceeded', message, { hint: 'Shorten the history.' });
    }
    this.scope = scope;
    this.config = config;
    this.tree = tree;
    this.ropeTable = ropeTable;
    this.rows = B * T;
    this.length = T;
    this.table = new TableRows(config, tree);
    const entries = this.rows * tree.levels * (config.prefixVectors ? 2 : 1);
    this.bags = new DeviceBags(scope, 'item', this.rows, entries, this.table.count);
    this.rowSpans = new Uint32Array(2 * this.rows);
    this.rowPlaces = new Uint32Array(this.rows);
    this.buffers = {
      places: scope.allocate('places', 'u32', this.rows),
      spans: scope.allocate('row spans', 'u32', 2 * this.rows),
    };
  }

  /** Queues the upload; padding is no item. */
  upload({ ids, segments }: PositionRows): void {
    const { executor } = this.scope;
    const { rowSpans, rowPlaces } = this;
    const { index } = this.bags;
    fillSpans(segments, rowSpans, rowPlaces);
    index.begin();
    ids.forEach((id, row) => {
      if (rowSpans[2 * row] !== rowSpans[2 * row + 1]) this.addItem(id);
      index.close();
    });
    index.finish();
    this.bags.upload();
    executor.write(this.buffers.places, rowPlaces);
    executor.write(this.buffers.spans, rowSpans);
  }

  private addItem(id: number): void {
    const { table, tree, config } = this;
    const { index } = this.bags;
    if (id === START_ID) {
      index.add(table.start);
      return;
    }
    const first = (id - ITEM_BASE) * tree.levels;
    for (let level = 0; level < tree.levels; level++) {
      const node = tree.paths[first + level] ?? 0;
      index.add(table.code(node));
      if (config.prefixVectors) index.add(table.prefix(node));
    }
  }

  /** Final states of all positions, f32[B T, C]; the state at a position looks for the next item. */
  states(
    graph: Graph,
    parameters: ParameterViews,
    { recompute, dropout }: { readonly recompute: boolean; readonly dropout?: Dropout | undefined },
  ): Value {
    const { config, rows, bags } = this;
    const { width, layers } = config;
    const tables = this.table.tables(parameters, true);
    const stream = embeddingBag(graph, tables, bags.operands, { ...bags.sizes, width });
    const stack = stackOf(config);
    const attend = causalAttention(graph, stack, rows, {
      table: viewOf(this.ropeTable),
      positions: viewOf(this.buffers.places),
      spans: viewOf(this.buffers.spans),
      length: this.length,
      dropout,
    });
    const options = { prefix: BODY_PREFIX, layers, rows, recompute, dropout };
    return transformerStack(graph, stack, parameters, stream, attend, options);
  }
}
