import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import { GatherIndex } from '../inputs/gather-index.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { uploadRotaryTable } from '../transformer/language-model.ts';
import type { NegativeMask } from '../ops/close-samples.ts';
import { gather, type GatherOperands } from '../ops/gather.ts';
import { infoNce } from '../ops/info-nce.ts';
import { normalizeRows } from '../ops/normalize-rows.ts';
import { fillSpans } from '../inputs/spans.ts';
import type { BatchInputs, LossContext, TrainableModel } from '../training/trainable-model.ts';
import {
  checkShape,
  countScored,
  type EmbeddingBatch,
  type EmbeddingShape,
} from './embedding-batch.ts';
import { embeddingTable, LOGIT_SCALE, type EncoderConfig } from './embedding-layout.ts';
import { ItemTexts, userStates } from './encoders.ts';

/** Cosine above which a negative counts as the target itself. */
const FALSE_NEGATIVE = 0.99;

export interface EmbeddingModelOptions {
  /** Negatives whose cosine with the target exceeds it do not compete. Default 0.99. */
  readonly falseNegative?: number;
  /** What decides it. Default `cosine`, HLLM's. */
  readonly mask?: NegativeMask;
}

/**
 * Next-item prediction by vectors of texts: an item encoder turns each item's text into a vector,
 * a user encoder reads a user's item vectors and looks for the next one among the target and the
 * batch's negatives (InfoNCE, mean over scored positions).
 * @param base the language model that both encoders are copied from; with `itemVectors` an item is its text
 *   and a vector of its own, added as input and as target alike, which is no longer HLLM
 * @source Chen et al. 2024 (HLLM), arXiv:2409.12740
 */
export function embeddingModel(
  base: EncoderConfig,
  { falseNegative = FALSE_NEGATIVE, mask = 'cosine' }: EmbeddingModelOptions = {},
): TrainableModel<EmbeddingShape, EmbeddingBatch> {
  return {
    ...embeddingTable(base),
    keyOf: ({ tokens, items, positions, samples }) =>
      `${positions} positions of ${items} items (${tokens} tokens), ${samples} negatives`,
    countScored: (batch) => countScored(batch, base),
    positionsOf: ({ positions }) => positions,
    measuresCloseness: true,
    // The negatives of a position are those of its batch: parts would be another loss.
    mostParts: () => 1,
    microShapes: (shapes) =>
      shapes
        .map((shape) => ({ ...shape, parts: 1 }))
        .sort((a, b) => b.tokens - a.tokens || b.positions - a.positions),
    open: (scope) => {
      const ropeTable = uploadRotaryTable(scope, base);
      return {
        inputs: (inner, shape) =>
          new EmbeddingInputs(inner, { base, ropeTable, shape, falseNegative, mask }),
      };
    },
  };
}

interface InputOptions {
  readonly base: EncoderConfig;
  readonly ropeTable: DeviceBuffer;
  readonly shape: EmbeddingShape;
  readonly falseNegative: number;
  readonly mask: NegativeMask;
}

class EmbeddingInputs implements BatchInputs<EmbeddingBatch> {
  private readonly scope: BufferScope;
  private readonly options: InputOptions;
  private readonly texts: ItemTexts;
  private readonly inputs: DeviceGather;
  private readonly candidates: DeviceGather;
  private readonly buffers;
  private readonly rowSpans: Uint32Array;
  private readonly rowPlaces: Uint32Array;

  constructor(scope: BufferScope, options: InputOptions) {
    const { base, shape } = options;
    checkShape(shape);
    const { tokens, items, positions, samples } = shape;
    this.scope = scope;
    this.options = options;
    this.texts = new ItemTexts(scope, base, tokens, items);
    this.inputs = new DeviceGather(scope, 'history', positions, items);
    this.candidates = new DeviceGather(scope, 'candidates', positions + samples, items);
    this.rowSpans = new Uint32Array(2 * positions);
    this.rowPlaces = new Uint32Array(positions);
    this.buffers = {
      targets: scope.allocate('targets', 'i32', positions),
      places: scope.allocate('places', 'u32', positions),
      spans: scope.allocate('row spans', 'u32', 2 * positions),
    };
  }

  upload({ texts, numbers, inputs, targets, segments, negatives }: EmbeddingBatch): void {
    const { executor } = this.scope;
    fillSpans(segments, this.rowSpans, this.rowPlaces);
    this.texts.upload(texts, numbers);
    this.inputs.upload(inputs);
    this.candidates.upload([...targets, ...negatives]);
    executor.write(this.buffers.targets, targets);
    executor.write(this.buffers.places, this.rowPlaces);
    executor.write(this.buffers.spans, this.rowSpans);
  }

  loss(graph: Graph, { parameters, hyper, recompute, dropout, shares }: LossContext): Value {
    const { base: config, shape, ropeTable, falseNegative: threshold, mask } = this.options;
    const { items, positions: rows, samples } = shape;
    const { width } = config;
    const { targets, places, spans } = this.buffers;
    const context = { config, parameters, ropeTable: viewOf(ropeTable), recompute, dropout };
    const vectors = this.texts.vectors(graph, context);
    const taken = { rows: items, width };
    const history = gather(graph, vectors, this.inputs.operands, { ...taken, taken: rows });
    const layout = { rows, places: viewOf(places), spans: viewOf(spans) };
    const users = userStates(graph, history, context, layout);
    const units = normalizeRows(graph, vectors, taken);
    const candidates = gather(graph, units, this.candidates.operands, {
      ...taken,
      taken: rows + samples,
    });
    const masking = { mask, items: this.candidates.operands.ids, ring: shares };
    return infoNce(
      graph,
      normalizeRows(graph, users, { rows, width }),
      candidates,
      parameters.get(LOGIT_SCALE),
      { targets: viewOf(targets), hyper, masking },
      { rows, samples, width, threshold },
    );
  }
}

/** Device copies of a `GatherIndex`. */
class DeviceGather {
  private readonly scope: BufferScope;
  private readonly index: GatherIndex;
  private readonly buffers;

  constructor(scope: BufferScope, label: string, places: number, rows: number) {
    this.scope = scope;
    this.index = new GatherIndex(places, rows);
    this.buffers = {
      ids: scope.allocate(`${label} ids`, 'u32', places),
      starts: scope.allocate(`${label} starts`, 'u32', rows + 1),
      positions: scope.allocate(`${label} positions`, 'u32', places),
    };
  }

  get operands(): GatherOperands {
    const { ids, starts, positions } = this.buffers;
    return { ids: viewOf(ids), starts: viewOf(starts), positions: viewOf(positions) };
  }

  /** @param rows negative: not used */
  upload(rows: ArrayLike<number>): void {
    const { executor } = this.scope;
    this.index.fill(rows);
    executor.write(this.buffers.ids, this.index.ids);
    executor.write(this.buffers.starts, this.index.starts);
    executor.write(this.buffers.positions, this.index.positions);
  }
}
