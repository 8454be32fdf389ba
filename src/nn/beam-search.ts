import { AppError } from '../core/errors.ts';
import type { BufferView, DeviceBuffer, Executor } from '../compute/executor.ts';
import { viewOf } from '../compute/executor.ts';
import type { ModelConfig } from './config.ts';
import { Graph, type Value } from './graph.ts';
import { EMBEDDING, HEAD } from './layout.ts';
import { attention } from './ops/attention.ts';
import { BEAM_STATE, beamLevel, type Beams } from './ops/beam.ts';
import { decodeAttention } from './ops/decode-attention.ts';
import { gatherRows } from './ops/embedding.ts';
import { linear } from './ops/linear.ts';
import { rotary } from './ops/rotary.ts';
import type { ParameterViews } from './parameters.ts';
import { compilePlan, type Plan, type ValueMemory } from './plan.ts';
import { fillSpans, rowSegments } from './spans.ts';
import { transformerBody, type AttentionPart } from './transformer.ts';

export interface BeamSearchSizes {
  /** Users decoded together. */
  readonly users: number;
  /** Prompt positions (padded at the end). */
  readonly length: number;
  readonly beam: number;
  readonly codes: number;
  /** First token id of each level; level l's tokens are firstTokens[l] + code. */
  readonly firstTokens: readonly number[];
}

export interface BeamSearchBuffers {
  readonly ropeTable: DeviceBuffer;
  /** i32[nodes * codes], see the trie: next node, at the last level the item, -1 = illegal. */
  readonly children: DeviceBuffer;
}

/** A compiled search: prefill, every level, all on the device, one submit, one readback. */
export interface BeamSearch {
  /** @returns item i32[users * beam] (-1 = none) and log-probability f32[users * beam] */
  run(
    prompts: Uint32Array,
    lengths: Uint32Array,
  ): Promise<{ items: Int32Array; scores: Float32Array }>;
  readonly plan: Plan;
  destroy(): void;
}

/**
 * Trie-constrained beam search with a KV cache over the prompt and the beams' own tokens.
 * @errors limit-exceeded, device-lost
 */
export async function createBeamSearch(
  executor: Executor,
  memory: ValueMemory,
  config: ModelConfig,
  parameters: ParameterViews,
  shared: BeamSearchBuffers,
  sizes: BeamSearchSizes,
): Promise<BeamSearch> {
  const { users, length, beam, firstTokens } = sizes;
  if (firstTokens.length >= BEAM_STATE || beam > 64) {
    throw new AppError('limit-exceeded', 'Beam search takes at most 7 levels and 64 beams.');
  }
  const u32 = (label: string, size: number) => executor.allocate(label, 'u32', size);
  const inputs = {
    ids: u32('prompt ids', users * length),
    places: u32('prompt places', users * length),
    spans: u32('prompt spans', 2 * users * length),
    lengths: u32('prompt lengths', users),
    lastRows: u32('last rows', users),
    scores: executor.allocate('root scores', 'f32', users),
    state: executor.allocate('root state', 'i32', users * BEAM_STATE),
  };
  const spans = new Uint32Array(2 * users * length);
  const places = new Uint32Array(users * length);
  const graph = new Graph();
  const search = new SearchBuilder(graph, config, parameters, shared, sizes, inputs);
  const { state, scores } = search.build();
  const plan = await compilePlan(`beam ${users}x${length}`, graph, executor, memory);
  return {
    plan,
    async run(prompts, lengths) {
      executor.write(inputs.ids, prompts);
      executor.write(inputs.lengths, lengths);
      fillSpans(rowSegments(lengths, length), spans, places);
      executor.write(inputs.places, places);
      executor.write(inputs.spans, spans);
      executor.write(
        inputs.lastRows,
        lengths.map((size, user) => user * length + size - 1),
      );
      executor.run(plan.program);
      const [states, values] = await Promise.all([
        executor.read(plan.viewOf(state)),
        executor.readFloats(plan.viewOf(scores)),
      ]);
      const items = Int32Array.from(
        { length: users * beam },
        (_, index) => states[index * BEAM_STATE] ?? -1,
      );
      return { items, scores: values };
    },
    destroy() {
      plan.program.destroy();
      for (const buffer of Object.values(inputs)) executor.free(buffer);
    },
  };
}

type SearchInputs = Record<
  'ids' | 'places' | 'spans' | 'lengths' | 'lastRows' | 'scores' | 'state',
  DeviceBuffer
>;

/** Emits prefill and levels. The prompt's rotated q, k, v of each layer stay live as the cache. */
class SearchBuilder {
  private readonly graph: Graph;
  private readonly config: ModelConfig;
  private readonly parameters: ParameterViews;
  private readonly shared: BeamSearchBuffers;
  private readonly sizes: BeamSearchSizes;
  private readonly inputs: SearchInputs;
  private readonly promptCache: Value[] = [];
  private readonly beamCache: Value[] = [];

  constructor(
    graph: Graph,
    config: ModelConfig,
    parameters: ParameterViews,
    shared: BeamSearchBuffers,
    sizes: BeamSearchSizes,
    inputs: SearchInputs,
  ) {
    this.graph = graph;
    this.config = config;
    this.parameters = parameters;
    this.shared = shared;
    this.sizes = sizes;
    this.inputs = inputs;
  }

  build(): { state: Value; scores: Value } {
    const { graph, inputs, sizes } = this;
    const { users, beam, firstTokens } = sizes;
    let hidden = this.prefill();
    let beams: Beams = { scores: viewOf(inputs.scores), state: viewOf(inputs.state) };
    let parents = 1;
    for (let level = 0; ; level++) {
      const firstToken = firstTokens[level] ?? 0;
      const head = this.levelHead(hidden, users * parents, firstToken);
      const chosen = beamLevel(
        graph,
        {
          logits: head.logits,
          beams,
          children: viewOf(this.shared.children),
          lengths: viewOf(inputs.lengths),
        },
        { users, parents, beam, codes: sizes.codes, level, firstToken, ...head.place },
      );
      if (level === firstTokens.length - 1) {
        return { state: graph.keep(chosen.state), scores: graph.keep(chosen.scores) };
      }
      hidden = this.decodeStep(chosen.tokens, chosen.places, chosen.state, level);
      beams = chosen;
      parents = beam;
    }
  }

  private prefill(): Value {
    const { graph, config, inputs, sizes } = this;
    const { users, length } = sizes;
    const { heads, kvHeads, headWidth, normEps: eps, width } = config;
    const rows = users * length;
    const rope = { table: viewOf(this.shared.ropeTable), positions: viewOf(inputs.places) };
    const headSizes = { heads, kvHeads, headWidth };
    const attend: AttentionPart = (qkv, norm) => {
      const turned = rotary(graph, { qkv, norm, ...rope }, { rows, eps, ...headSizes });
      this.promptCache.push(turned);
      return attention(graph, turned, viewOf(inputs.spans), { rows, length, ...headSizes });
    };
    const tokens = { ids: viewOf(inputs.ids), segments: null };
    const hidden = transformerBody(graph, config, this.parameters, tokens, rows, attend);
    return gatherRows(graph, hidden, viewOf(inputs.lastRows), { rows: users, width });
  }

  private decodeStep(tokens: Value, places: Value, state: Value, step: number): Value {
    const { graph, config, inputs, sizes } = this;
    const { users, beam, length, firstTokens } = sizes;
    const { heads, kvHeads, headWidth, normEps: eps } = config;
    const beams = users * beam;
    const headSizes = { heads, kvHeads, headWidth };
    const cacheLength = (firstTokens.length - 1) * beams * (heads + 2 * kvHeads) * headWidth;
    const attend: AttentionPart = (qkv, norm, layer) => {
      const beamKv = (this.beamCache[layer] ??= graph.value('beam cache', cacheLength));
      rotary(
        graph,
        { qkv, norm, table: viewOf(this.shared.ropeTable), positions: places },
        { rows: beams, eps, ...headSizes },
        { out: beamKv, firstRow: step * beams },
      );
      const prompt = this.promptCache[layer];
      if (prompt === undefined) throw new AppError('internal', 'The prompt was not prefilled.');
      const cache = { prompt, beamKv, state, lengths: viewOf(inputs.lengths) };
      const place = { beams, beamsPerUser: beam, length, step };
      return decodeAttention(graph, cache, { ...place, ...headSizes });
    };
    const input = { ids: tokens, segments: null };
    return transformerBody(graph, config, this.parameters, input, beams, attend);
  }

  /** Logits of one level: only its codes' rows where the arena's alignment allows to bind them. */
  private levelHead(hidden: Value, rows: number, firstToken: number) {
    const { width, vocabSize, tied } = this.config;
    const { codes } = this.sizes;
    const whole = this.parameters.get(tied ? EMBEDDING : HEAD);
    const offset = whole.weight.offset + firstToken * width;
    const isAligned = offset % 64 === 0;
    const weight: BufferView = isAligned
      ? { ...whole.weight, offset, length: codes * width }
      : whole.weight;
    const outputs = isAligned ? codes : vocabSize;
    const sizes = { rows, inputs: width, outputs };
    return {
      logits: linear(this.graph, hidden, { weight, gradient: null }, sizes),
      place: { logitsStride: outputs, logitsOffset: isAligned ? 0 : firstToken },
    };
  }
}
