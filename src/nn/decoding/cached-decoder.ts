import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import type { ModelConfig } from '../transformer/config.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { attention } from '../ops/attention.ts';
import { decodeAttention } from '../ops/decode-attention.ts';
import { gatherRows } from '../ops/embedding.ts';
import { rotary } from '../ops/rotary.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import { fillSpans, rowSegments } from '../inputs/spans.ts';
import { transformerBody, type AttentionPart } from '../transformer/transformer.ts';

/** Prompts of a batch of users on the device, padded at the end. */
export class PromptBuffers {
  readonly ids: DeviceBuffer;
  readonly places: DeviceBuffer;
  readonly spans: DeviceBuffer;
  /** u32[users]. */
  readonly lengths: DeviceBuffer;
  /** u32[users]: row of the last prompt token. */
  readonly lastRows: DeviceBuffer;
  private readonly scope: BufferScope;
  private readonly length: number;
  private readonly hostSpans: Uint32Array<ArrayBuffer>;
  private readonly hostPlaces: Uint32Array<ArrayBuffer>;

  constructor(scope: BufferScope, users: number, length: number) {
    this.scope = scope;
    this.length = length;
    this.ids = scope.allocate('prompt ids', 'u32', users * length);
    this.places = scope.allocate('prompt places', 'u32', users * length);
    this.spans = scope.allocate('prompt spans', 'u32', 2 * users * length);
    this.lengths = scope.allocate('prompt lengths', 'u32', users);
    this.lastRows = scope.allocate('last rows', 'u32', users);
    this.hostSpans = new Uint32Array(2 * users * length);
    this.hostPlaces = new Uint32Array(users * length);
  }

  /**
   * @param prompts u32[users * length]
   * @param lengths u32[users], each at least 1
   */
  write(prompts: Uint32Array, lengths: Uint32Array): void {
    const { executor } = this.scope;
    fillSpans(rowSegments(lengths, this.length), this.hostSpans, this.hostPlaces);
    executor.write(this.ids, prompts);
    executor.write(this.lengths, lengths);
    executor.write(this.places, this.hostPlaces);
    executor.write(this.spans, this.hostSpans);
    const lastRows = lengths.map((size, user) => user * this.length + size - 1);
    executor.write(this.lastRows, lastRows);
  }
}

export interface DecoderSizes {
  readonly users: number;
  /** Prompt positions. */
  readonly length: number;
  /** Continuations of a prompt that are decoded side by side. */
  readonly rowsPerUser: number;
  /** Most tokens that are decoded after the prompt. */
  readonly steps: number;
  /** Words of a row's state, see `decodeAttention`. */
  readonly stateStride: number;
}

/**
 * Emits the passes of a generating model: all prompts at once, then one token for each row. The
 * prompts' rotated q, k, v of each layer stay live as the cache, those of the new tokens are added.
 */
export class CachedDecoder {
  private readonly graph: Graph;
  private readonly config: ModelConfig;
  private readonly parameters: ParameterViews;
  private readonly ropeTable: DeviceBuffer;
  private readonly prompts: PromptBuffers;
  private readonly sizes: DecoderSizes;
  private readonly promptCache: Value[] = [];
  private readonly ownCache: Value[] = [];

  constructor(
    graph: Graph,
    config: ModelConfig,
    parameters: ParameterViews,
    ropeTable: DeviceBuffer,
    prompts: PromptBuffers,
    sizes: DecoderSizes,
  ) {
    this.graph = graph;
    this.config = config;
    this.parameters = parameters;
    this.ropeTable = ropeTable;
    this.prompts = prompts;
    this.sizes = sizes;
  }

  /** @returns the hidden state of each prompt's last token, f32[users, C] */
  prefill(): Value {
    const { graph, config, prompts, sizes } = this;
    const { users, length } = sizes;
    const { heads, kvHeads, headWidth, normEps: eps, width } = config;
    const rows = users * length;
    const rope = { table: viewOf(this.ropeTable), positions: viewOf(prompts.places) };
    const headSizes = { heads, kvHeads, headWidth };
    const attend: AttentionPart = (qkv, norm) => {
      const turned = rotary(graph, { qkv, norm, ...rope }, { rows, eps, ...headSizes });
      this.promptCache.push(turned);
      return attention(graph, turned, viewOf(prompts.spans), { rows, length, ...headSizes });
    };
    const tokens = { ids: viewOf(prompts.ids), segments: null };
    const hidden = transformerBody(graph, config, this.parameters, tokens, rows, attend);
    return gatherRows(graph, hidden, viewOf(prompts.lastRows), { rows: users, width });
  }

  /**
   * @param next one token for each row with its position, and the rows' states
   * @param step 0 for the first token after the prompt
   * @returns hidden states f32[users * rowsPerUser, C]
   */
  step(next: { tokens: Operand; places: Operand; state: Operand }, step: number): Value {
    const { graph, config, prompts, sizes } = this;
    const { users, rowsPerUser, length, steps, stateStride } = sizes;
    const { heads, kvHeads, headWidth, normEps: eps } = config;
    const rows = users * rowsPerUser;
    const headSizes = { heads, kvHeads, headWidth };
    const cacheLength = steps * rows * (heads + 2 * kvHeads) * headWidth;
    const attend: AttentionPart = (qkv, norm, layer) => {
      const own = (this.ownCache[layer] ??= graph.value('own cache', cacheLength));
      rotary(
        graph,
        { qkv, norm, table: viewOf(this.ropeTable), positions: next.places },
        { rows, eps, ...headSizes },
        { out: own, firstRow: step * rows },
      );
      const prompt = this.promptCache[layer];
      if (prompt === undefined) throw new AppError('internal', 'The prompt was not prefilled.');
      const cache = { prompt, beamKv: own, state: next.state, lengths: viewOf(prompts.lengths) };
      const place = { beams: rows, beamsPerUser: rowsPerUser, length, step, stateStride };
      return decodeAttention(graph, cache, { ...place, ...headSizes });
    };
    const input = { ids: next.tokens, segments: null };
    return transformerBody(graph, config, this.parameters, input, rows, attend);
  }
}
