import { AppError } from '../core/errors.ts';
import type { BufferScope } from '../compute/buffer-scope.ts';
import { viewOf, type BufferView, type DeviceBuffer } from '../compute/executor.ts';
import type { ModelConfig } from './config.ts';
import type { Graph, Value } from './graph.ts';
import { EMBEDDING, HEAD, parameterTable } from './layout.ts';
import { microShapes } from './micro-batches.ts';
import { DEFAULT_LIMITS, linearCrossEntropy } from './ops/linear-cross-entropy.ts';
import { rotaryTable } from './ops/rotary.ts';
import { selectRows } from './ops/select-rows.ts';
import { PackedTokens } from './packed-tokens.ts';
import { ScoredRows } from './scored-rows.ts';
import { rowSegments } from './spans.ts';
import type { Batch, BatchShape } from './token-batch.ts';
import type { BatchInputs, LossContext, TrainableModel } from './trainable-model.ts';
import { causalAttention, transformerBody } from './transformer.ts';

/**
 * A decoder trained to predict the next token: cross-entropy, mean over the scored positions.
 * @errors invalid-argument when the sizes cannot run on the kernels
 */
export function languageModel(config: ModelConfig): TrainableModel<BatchShape, Batch> {
  return {
    ...parameterTable(config),
    keyOf: (shape) => `${shape.B}x${shape.T} scores ${limitOf(shape)}`,
    countScored: (batch) => countScored(batch, config.vocabSize),
    mostParts: (shapes) => shapes.reduce((most, { B }) => Math.max(most, B), 1),
    microShapes,
    open: (scope) => {
      const ropeTable = uploadRotaryTable(scope, config);
      return {
        inputs: (inner, shape) => new LanguageInputs(inner, config, ropeTable, shape),
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
  private readonly targets: DeviceBuffer;
  private readonly wholeRows: Uint32Array;
  /** null: the loss takes all rows as they are. */
  private readonly scored: {
    readonly rows: ScoredRows;
    readonly selected: DeviceBuffer;
    readonly slots: DeviceBuffer;
  } | null;

  constructor(scope: BufferScope, config: ModelConfig, ropeTable: DeviceBuffer, shape: BatchShape) {
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
    this.targets = scope.allocate('targets', 'i32', lossRows);
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
    executor.write(this.targets, scored?.rows.targets ?? targets);
    if (scored === null) return;
    executor.write(scored.selected, scored.rows.selected);
    executor.write(scored.slots, scored.rows.slots);
  }

  loss(graph: Graph, { parameters, hyper, recompute, bindingBytes }: LossContext): Value {
    const { config, packed, scored } = this;
    const { width } = config;
    const { T: length, B } = this.shape;
    const rows = B * length;
    const { places: positions, spans } = packed;
    const rope = { table: viewOf(this.ropeTable), positions, spans, length };
    const attend = causalAttention(graph, config, rows, rope);
    const hidden = transformerBody(
      graph,
      config,
      parameters,
      packed.tokens,
      rows,
      attend,
      recompute,
    );
    const lossRows = this.targets.length;
    const selectSizes = { rows, selected: lossRows, width };
    return linearCrossEntropy(
      graph,
      scored === null ? hidden : selectRows(graph, hidden, viewsOf(scored), selectSizes),
      parameters.get(config.tied ? EMBEDDING : HEAD),
      { targets: viewOf(this.targets), hyper },
      { rows: lossRows, width, vocabulary: config.vocabSize },
      { logitsBytes: Math.min(DEFAULT_LIMITS.logitsBytes, bindingBytes), bindingBytes },
    );
  }
}

function viewsOf({ selected, slots }: { selected: DeviceBuffer; slots: DeviceBuffer }): {
  selected: BufferView;
  slots: BufferView;
} {
  return { selected: viewOf(selected), slots: viewOf(slots) };
}

function countScored(batch: Batch, vocabulary: number): number {
  const { ids, targets, scoredLimit = ids.length } = batch;
  let scored = 0;
  for (let i = 0; i < ids.length; i++) {
    const target = targets[i] ?? -1;
    if ((ids[i] ?? 0) >= vocabulary || target >= vocabulary) {
      throw new AppError('invalid-argument', `Token beyond the vocabulary of ${vocabulary}.`);
    }
    if (target >= 0) scored += 1;
  }
  if (scored > scoredLimit) {
    throw new AppError('invalid-argument', `${scored} positions are scored, of ${scoredLimit}.`, {
      hint: 'Raise the scored limit of the batch.',
    });
  }
  return scored;
}
