import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type BufferView, type DeviceBuffer } from '../../compute/executor.ts';
import type { ModelConfig } from './config.ts';
import { rangesOf, type Graph, type Table, type TableRange, type Value } from '../graph/graph.ts';
import { EMBEDDING, HEAD, parameterTable } from './layout.ts';
import { microShapes } from '../training/micro-batches.ts';
import { DEFAULT_LIMITS, linearCrossEntropy } from '../ops/linear-cross-entropy.ts';
import { rotaryTable } from '../ops/rotary.ts';
import { selectRows } from '../ops/select-rows.ts';
import { PackedTokens } from '../inputs/packed-tokens.ts';
import { ScoredRows } from '../inputs/scored-rows.ts';
import { TargetBuffers, type TokenLevels } from '../inputs/target-buffers.ts';
import { rowSegments } from '../inputs/spans.ts';
import type { Batch, BatchShape, TokenRange } from '../inputs/token-batch.ts';
import type { BatchInputs, LossContext, TrainableModel } from '../training/trainable-model.ts';
import { causalAttention, transformerBody } from './transformer.ts';

/** Elements: bindings start at multiples of 256 bytes. */
const BINDING_STEP = 64;

/**
 * A decoder trained to predict the next token: cross-entropy, mean over the scored positions.
 * @param levels split softmax of semantic-id tokens; absent: one softmax over all tokens
 * @errors invalid-argument when the sizes cannot run on the kernels
 */
export function languageModel(
  config: ModelConfig,
  levels: TokenLevels | null = null,
): TrainableModel<BatchShape, Batch> {
  return {
    ...parameterTable(config),
    keyOf: (shape) =>
      `${shape.B}x${shape.T} scores ${limitOf(shape)}${shape.head === undefined ? '' : ` of ${shape.head.first}+${shape.head.count}`}`,
    countScored: (batch) => countScored(batch, config.vocabSize),
    positionsOf: ({ B, T }) => B * T,
    mostParts: (shapes) => shapes.reduce((most, { B }) => Math.max(most, B), 1),
    microShapes,
    open: (scope) => {
      const ropeTable = uploadRotaryTable(scope, config);
      return {
        inputs: (inner, shape) => new LanguageInputs(inner, config, levels, ropeTable, shape),
      };
    },
  };
}

/** Angles of all positions that the model has. */
export function uploadRotaryTable(
  scope: BufferScope,
  { maxPositions, headWidth, ropeTheta }: ModelConfig,
): DeviceBuffer {
  const table = scope.floats('rope', maxPositions * headWidth);
  scope.executor.write(table, rotaryTable(maxPositions, headWidth, ropeTheta));
  return table;
}

function limitOf({ B, T, scoredLimit = B * T }: BatchShape): number {
  return scoredLimit;
}

class LanguageInputs implements BatchInputs<Batch> {
  private readonly scope: BufferScope;
  private readonly config: ModelConfig;
  private readonly ropeTable: DeviceBuffer;
  private readonly shape: BatchShape;
  private readonly packed: PackedTokens;
  private readonly targets: TargetBuffers;
  private readonly wholeRows: Uint32Array;
  /** null: the loss takes all rows as they are. */
  private readonly scored: {
    readonly rows: ScoredRows;
    readonly selected: DeviceBuffer;
    readonly slots: DeviceBuffer;
  } | null;

  constructor(
    scope: BufferScope,
    config: ModelConfig,
    levels: TokenLevels | null,
    ropeTable: DeviceBuffer,
    shape: BatchShape,
  ) {
    const { B, T } = shape;
    if (T > config.maxPositions) {
      throw new AppError(
        'limit-exceeded',
        `Rows of ${T} tokens exceed the model's ${config.maxPositions} positions.`,
        { hint: 'Shorten the history.' },
      );
    }
    this.scope = scope;
    this.config = config;
    this.ropeTable = ropeTable;
    this.shape = shape;
    const rows = B * T;
    const lossRows = Math.min(rows, limitOf(shape));
    this.wholeRows = rowSegments(new Uint32Array(B).fill(T), T);
    this.packed = new PackedTokens(scope, rows, config.vocabSize);
    const head = shape.head ?? { first: 0, count: config.vocabSize };
    this.targets = new TargetBuffers(scope, lossRows, head, levels);
    this.scored =
      lossRows < rows
        ? {
            rows: new ScoredRows(rows, lossRows),
            selected: scope.allocate('scored rows', 'u32', lossRows),
            slots: scope.allocate('slots of rows', 'u32', rows),
          }
        : null;
  }

  upload({ ids, targets, segments = this.wholeRows }: Batch): void {
    const { executor } = this.scope;
    const { scored } = this;
    this.packed.upload(ids, segments);
    scored?.rows.fill(targets);
    this.targets.upload(scored?.rows.targets ?? targets);
    if (scored === null) return;
    executor.write(scored.selected, scored.rows.selected);
    executor.write(scored.slots, scored.rows.slots);
  }

  loss(graph: Graph, context: LossContext): Value {
    const { parameters, hyper, recompute, bindingBytes, dropout } = context;
    const { config, packed, scored } = this;
    const { width } = config;
    const { T: length, B } = this.shape;
    const rows = B * length;
    const { places: positions, spans } = packed;
    const rope = { table: viewOf(this.ropeTable), positions, spans, length, dropout };
    const attend = causalAttention(graph, config, rows, rope);
    const hidden = transformerBody(graph, config, parameters, packed.tokens, rows, attend, {
      recompute,
      dropout,
    });
    const { targets } = this;
    const { head } = targets;
    const selectSizes = { rows, selected: targets.rows, width };
    return linearCrossEntropy(
      graph,
      scored === null ? hidden : selectRows(graph, hidden, viewsOf(scored), selectSizes),
      rowsOf(parameters.table(config.tied ? EMBEDDING : HEAD), head, config),
      { ...targets.operands, hyper },
      { rows: targets.rows, width, vocabulary: head.count },
      { logitsBytes: Math.min(DEFAULT_LIMITS.logitsBytes, bindingBytes), bindingBytes },
    );
  }
}

/** Rows of the head that compete; they may start at binding boundaries only. */
function rowsOf(table: Table, head: TokenRange, { vocabSize, width }: ModelConfig): Table {
  const { first, count } = head;
  if (count === vocabSize) return table;
  if ((first * width) % BINDING_STEP !== 0) {
    const message = `A head from token ${first} on does not start at a binding boundary.`;
    throw new AppError('invalid-argument', message, {
      hint: `Let it start at a multiple of ${BINDING_STEP} tokens.`,
    });
  }
  const parts = rangesOf(table, vocabSize).flatMap((range): TableRange[] => {
    const start = Math.max(range.first, first);
    const rows = Math.min(range.first + range.rows, first + count) - start;
    if (rows <= 0) return [];
    const part = (view: BufferView): BufferView => ({
      ...view,
      offset: view.offset + (start - range.first) * width,
      length: rows * width,
    });
    const { weight, gradient } = range;
    const views = { weight: part(weight), gradient: gradient === null ? null : part(gradient) };
    return [{ ...views, first: start - first, rows }];
  });
  const [only] = parts;
  // In one binding the head counts as whole: a split softmax needs that.
  return parts.length === 1 && only !== undefined ? only : parts;
}

function viewsOf({ selected, slots }: { selected: DeviceBuffer; slots: DeviceBuffer }): {
  selected: BufferView;
  slots: BufferView;
} {
  return { selected: viewOf(selected), slots: viewOf(slots) };
}

function countScored(batch: Batch, vocabulary: number): number {
  const { ids, targets, scoredLimit = ids.length } = batch;
  const { first, count } = batch.head ?? { first: 0, count: vocabulary };
  let scored = 0;
  for (let i = 0; i < ids.length; i++) {
    const target = targets[i] ?? -1;
    if ((ids[i] ?? 0) >= vocabulary || target >= vocabulary) {
      throw new AppError('invalid-argument', `Token beyond the vocabulary of ${vocabulary}.`);
    }
    if (target < 0) continue;
    if (target < first || target >= first + count) {
      throw new AppError('invalid-argument', `Target ${target} is not in the head of the batch.`);
    }
    scored += 1;
  }
  if (scored > scoredLimit) {
    throw new AppError('invalid-argument', `${scored} positions are scored, of ${scoredLimit}.`, {
      hint: 'Raise the scored limit of the batch.',
    });
  }
  return scored;
}
