import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { DeviceBags } from '../inputs/bag-index.ts';
import { GatherIndex } from '../inputs/gather-index.ts';
import { rowSegments } from '../inputs/spans.ts';
import type { Batch, BatchShape } from '../inputs/token-batch.ts';
import { childSoftmax } from '../ops/child-softmax.ts';
import { embeddingBag } from '../ops/embedding-bag.ts';
import { gather } from '../ops/gather.ts';
import { rmsnorm } from '../ops/rmsnorm.ts';
import { microShapes } from '../training/micro-batches.ts';
import type { BatchInputs, LossContext, TrainableModel } from '../training/trainable-model.ts';
import { uploadRotaryTable } from '../transformer/language-model.ts';
import type { CodeTree } from './code-tree.ts';
import {
  checkTree,
  compactIdTable,
  LEVEL_NORM,
  stackOf,
  TableRows,
  type CompactIdConfig,
} from './compact-id-layout.ts';
import { ITEM_BASE, ItemPositions } from './item-positions.ts';
import { LevelRows, levelSizes } from './level-rows.ts';

/**
 * Semantic ids with one position an item. The state of a position predicts the next item, all codes
 * of it: level l compares the state plus what the item's codes before l stand for with the children
 * of that prefix. The loss of an item is the sum over its levels, its log-probability among all
 * items; mean over scored positions.
 * Batches hold item numbers (`START_ID`, `ITEM_BASE` + item); targets are items, negative = not
 * scored.
 * @errors invalid-argument when the sizes cannot run on the kernels, or for another tree
 */
export function compactIdModel(
  config: CompactIdConfig,
  tree: CodeTree,
): TrainableModel<BatchShape, Batch> {
  checkTree(config, tree);
  return {
    ...compactIdTable(config),
    keyOf: (shape) => `${shape.B}x${shape.T} items, scores ${limitOf(shape)}`,
    countScored: (batch) => countScored(batch, tree.items),
    positionsOf: ({ B, T }) => B * T,
    mostParts: (shapes) => shapes.reduce((most, { B }) => Math.max(most, B), 1),
    microShapes,
    open: (scope) => {
      const ropeTable = uploadRotaryTable(scope, stackOf(config));
      return {
        inputs: (inner, shape) => new CompactIdInputs(inner, config, tree, ropeTable, shape),
      };
    },
  };
}

function limitOf({ B, T, scoredLimit = B * T }: BatchShape): number {
  return Math.min(B * T, scoredLimit);
}

class CompactIdInputs implements BatchInputs<Batch> {
  private readonly scope: BufferScope;
  private readonly config: CompactIdConfig;
  private readonly shape: BatchShape;
  private readonly table: TableRows;
  private readonly positions: ItemPositions;
  private readonly levels: LevelRows;
  private readonly prefixes: DeviceBags;
  private readonly children: DeviceBags;
  private readonly taken: GatherIndex;
  private readonly buffers;
  private readonly wholeRows: Uint32Array;

  constructor(
    scope: BufferScope,
    config: CompactIdConfig,
    tree: CodeTree,
    ropeTable: DeviceBuffer,
    shape: BatchShape,
  ) {
    this.scope = scope;
    this.config = config;
    this.shape = shape;
    this.table = new TableRows(config, tree);
    this.positions = new ItemPositions(scope, config, tree, ropeTable, shape);
    const sizes = levelSizes(config, tree, limitOf(shape));
    this.levels = new LevelRows(config, tree, this.table, sizes);
    const each = config.prefixVectors ? 2 : 1;
    // At level l an item has l codes before it; a buffer cannot be empty.
    const path = Math.max(1, (sizes.scored * tree.levels * (tree.levels - 1) * each) / 2);
    this.prefixes = new DeviceBags(scope, 'prefix', sizes.rows, path, this.table.count);
    const { children } = sizes;
    this.children = new DeviceBags(scope, 'child', children, children * each, this.table.count);
    this.taken = new GatherIndex(sizes.rows, shape.B * shape.T);
    this.wholeRows = rowSegments(new Uint32Array(shape.B).fill(shape.T), shape.T);
    this.buffers = {
      runs: scope.allocate('child runs', 'u32', 4 * sizes.rows),
      groups: scope.allocate('child groups', 'u32', 4 * children),
      ids: scope.allocate('state ids', 'u32', sizes.rows),
      starts: scope.allocate('state starts', 'u32', shape.B * shape.T + 1),
      positions: scope.allocate('state positions', 'u32', sizes.rows),
    };
  }

  upload({ ids, targets, segments = this.wholeRows }: Batch): void {
    const { executor } = this.scope;
    const { buffers, levels, taken } = this;
    this.positions.upload({ ids, segments });
    const scored: number[] = [];
    const items: number[] = [];
    targets.forEach((target, row) => {
      if (target < 0) return;
      scored.push(row);
      items.push(target);
    });
    levels.fill(scored, items, this.prefixes.index, this.children.index);
    taken.fill(levels.positions);
    this.prefixes.upload();
    this.children.upload();
    executor.write(buffers.runs, levels.runs);
    executor.write(buffers.groups, levels.groups);
    executor.write(buffers.ids, taken.ids);
    executor.write(buffers.starts, taken.starts);
    executor.write(buffers.positions, taken.positions);
  }

  /** @returns f32[levels * scored]: what each level of each scored position adds to the loss */
  loss(graph: Graph, context: LossContext): Value {
    const { parameters, hyper } = context;
    const { config, shape, buffers, levels } = this;
    const { width, normEps: eps } = config;
    const { rows, children: count, most, logits } = levels.sizes;
    const states = this.positions.states(graph, parameters, context);
    const index = {
      ids: viewOf(buffers.ids),
      starts: viewOf(buffers.starts),
      positions: viewOf(buffers.positions),
    };
    const gathered = gather(graph, states, index, { rows: shape.B * shape.T, taken: rows, width });
    const tables = this.table.tables(parameters, false);
    const { prefixes } = this;
    const bagSizes = { ...prefixes.sizes, width };
    const summed = embeddingBag(graph, tables, prefixes.operands, bagSizes, gathered);
    const compared = rmsnorm(graph, summed, parameters.get(LEVEL_NORM), { rows, width, eps });
    const childSizes = { ...this.children.sizes, width };
    const children = embeddingBag(graph, tables, this.children.operands, childSizes);
    const runs = { runs: viewOf(buffers.runs), groups: viewOf(buffers.groups), hyper };
    const sizes = { rows, children: count, most, logits, width };
    return childSoftmax(graph, compared, children, runs, sizes);
  }
}

/** @errors invalid-argument for items that are not there, or more scored positions than announced */
function countScored(batch: Batch, items: number): number {
  const { B, T, ids, targets } = batch;
  if (ids.length !== B * T || targets.length !== B * T) {
    throw new AppError('invalid-argument', 'The batch does not have the lengths of its shape.');
  }
  let scored = 0;
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row] ?? 0;
    const target = targets[row] ?? -1;
    if (id >= ITEM_BASE + items || target >= items) {
      throw new AppError('invalid-argument', `The batch names an item beyond its ${items}.`);
    }
    if (target >= 0) scored += 1;
  }
  const limit = limitOf(batch);
  if (scored <= limit) return scored;
  throw new AppError('invalid-argument', `${scored} positions are scored, of ${limit}.`, {
    hint: 'Raise the scored limit of the batch.',
  });
}
