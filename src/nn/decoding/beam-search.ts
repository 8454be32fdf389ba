import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import type { BufferView, DeviceBuffer, Executor } from '../../compute/executor.ts';
import { viewOf } from '../../compute/executor.ts';
import { CachedDecoder, PromptBuffers } from './cached-decoder.ts';
import type { ModelConfig } from '../transformer/config.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { EMBEDDING, HEAD } from '../transformer/layout.ts';
import { BEAM_STATE, beamLevel, type Beams, type ChosenBeams } from '../ops/beam.ts';
import { lookUp } from '../ops/embedding.ts';
import { linear } from '../ops/linear.ts';
import { emitMatmul } from '../ops/matmul.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import { compilePlan, type Plan, type ValueMemory } from '../graph/plan.ts';

export interface BeamSearchSizes {
  /** Users decoded together. */
  readonly users: number;
  /** Prompt positions (padded at the end). */
  readonly length: number;
  readonly beam: number;
  readonly codes: number;
  /** First token id of each level; level l's tokens are firstTokens[l] + code. */
  readonly firstTokens: readonly number[];
  /** Whether `trace` is asked for: then all that the levels say stays in memory. */
  readonly isTraced?: boolean;
}

/** What one level of a search said and chose. */
export interface SearchedBeams {
  /** f32[users * beams before, stride]: the level's codes begin at `offset` of a row. */
  readonly logits: Float32Array<ArrayBuffer>;
  readonly stride: number;
  readonly offset: number;
  /** f32[users * beam]: log-probabilities of what was chosen; far below all others where nothing was. */
  readonly scores: Float32Array<ArrayBuffer>;
  /** i32[users * beam]: node of the trie, at the last level the item; -1 where nothing was chosen. */
  readonly nodes: Int32Array;
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
  /** By level what the last run said. @errors internal for a search that is not traced */
  trace(): Promise<readonly SearchedBeams[]>;
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
  const scope = new BufferScope(executor);
  try {
    const inputs: SearchInputs = {
      prompts: new PromptBuffers(scope, users, length),
      scores: scope.floats('root scores', users),
      state: scope.allocate('root state', 'i32', users * BEAM_STATE),
    };
    const head = parameters.table(headName(config));
    // A head in ranges: its rows of each level are gathered by id, whichever range they lie in.
    const levelIds =
      'weight' in head ? [] : firstTokens.map((first) => idsFrom(scope, first, sizes.codes));
    const graph = new Graph();
    const search = new SearchBuilder(graph, config, parameters, shared, sizes, inputs, levelIds);
    const levels = search.build();
    const last = levels.at(-1)?.chosen;
    if (last === undefined) throw new AppError('internal', 'A search without levels.');
    const [state, scores] = [graph.keep(last.state), graph.keep(last.scores)];
    for (const { logits, chosen } of sizes.isTraced === true ? levels : []) {
      for (const value of [logits, chosen.state, chosen.scores]) graph.keep(value);
    }
    const plan = await compilePlan(`beam ${users}x${length}`, graph, executor, memory);
    return {
      plan,
      async run(prompts, lengths) {
        inputs.prompts.write(prompts, lengths);
        executor.run(plan.program);
        const [states, values] = await Promise.all([
          executor.read(plan.viewOf(state)),
          executor.readFloats(plan.viewOf(scores)),
        ]);
        return { items: nodesOf(states, users * beam), scores: values };
      },
      async trace() {
        if (sizes.isTraced !== true) throw new AppError('internal', 'The search is not traced.');
        return Promise.all(
          levels.map(async ({ logits, place, chosen }) => ({
            logits: await executor.readFloats(plan.viewOf(logits)),
            stride: place.logitsStride,
            offset: place.logitsOffset,
            scores: await executor.readFloats(plan.viewOf(chosen.scores)),
            nodes: nodesOf(await executor.read(plan.viewOf(chosen.state)), users * beam),
          })),
        );
      },
      destroy() {
        plan.program.destroy();
        scope.destroy();
      },
    };
  } catch (error) {
    scope.destroy();
    throw error;
  }
}

function nodesOf(states: ArrayLike<number>, beams: number): Int32Array {
  return Int32Array.from({ length: beams }, (_, beam) => states[beam * BEAM_STATE] ?? -1);
}

function headName({ tied }: ModelConfig): string {
  return tied ? EMBEDDING : HEAD;
}

/** Token ids first, first + 1, … */
function idsFrom(scope: BufferScope, first: number, count: number): DeviceBuffer {
  const buffer = scope.allocate('level ids', 'u32', count);
  scope.executor.write(
    buffer,
    Uint32Array.from({ length: count }, (_, code) => first + code),
  );
  return buffer;
}

interface SearchInputs {
  readonly prompts: PromptBuffers;
  readonly scores: DeviceBuffer;
  readonly state: DeviceBuffer;
}

interface EmittedLevel {
  readonly logits: Value;
  readonly place: { readonly logitsStride: number; readonly logitsOffset: number };
  readonly chosen: ChosenBeams;
}

/** Emits prefill and levels. */
class SearchBuilder {
  private readonly graph: Graph;
  private readonly config: ModelConfig;
  private readonly parameters: ParameterViews;
  private readonly shared: BeamSearchBuffers;
  private readonly sizes: BeamSearchSizes;
  private readonly inputs: SearchInputs;
  private readonly levelIds: readonly DeviceBuffer[];
  private readonly decoder: CachedDecoder;

  constructor(
    graph: Graph,
    config: ModelConfig,
    parameters: ParameterViews,
    shared: BeamSearchBuffers,
    sizes: BeamSearchSizes,
    inputs: SearchInputs,
    levelIds: readonly DeviceBuffer[],
  ) {
    this.graph = graph;
    this.config = config;
    this.parameters = parameters;
    this.shared = shared;
    this.sizes = sizes;
    this.inputs = inputs;
    this.levelIds = levelIds;
    const { users, length, beam, firstTokens } = sizes;
    this.decoder = new CachedDecoder(graph, config, parameters, shared.ropeTable, inputs.prompts, {
      users,
      length,
      rowsPerUser: beam,
      steps: firstTokens.length - 1,
      stateStride: BEAM_STATE,
    });
  }

  build(): EmittedLevel[] {
    const { graph, inputs, sizes } = this;
    const { users, beam, firstTokens } = sizes;
    let hidden = this.decoder.prefill();
    let beams: Beams = { scores: viewOf(inputs.scores), state: viewOf(inputs.state) };
    let parents = 1;
    const levels: EmittedLevel[] = [];
    for (let level = 0; ; level++) {
      const firstToken = firstTokens[level] ?? 0;
      const head = this.levelHead(hidden, users * parents, level);
      const chosen = beamLevel(
        graph,
        {
          logits: head.logits,
          beams,
          children: viewOf(this.shared.children),
          lengths: viewOf(inputs.prompts.lengths),
        },
        { users, parents, beam, codes: sizes.codes, level, firstToken, ...head.place },
      );
      levels.push({ ...head, chosen });
      if (level === firstTokens.length - 1) return levels;
      hidden = this.decoder.step(chosen, level);
      beams = chosen;
      parents = beam;
    }
  }

  /** Logits of one level: only its codes' rows where the arena's alignment allows to bind them. */
  private levelHead(hidden: Value, rows: number, level: number) {
    const { graph } = this;
    const { width, vocabSize } = this.config;
    const { codes, firstTokens } = this.sizes;
    const firstToken = firstTokens[level] ?? 0;
    const whole = this.parameters.table(headName(this.config));
    const ids = this.levelIds[level];
    if (!('weight' in whole)) {
      if (ids === undefined) throw new AppError('internal', `Level ${level} has no token ids.`);
      const b = lookUp(graph, whole, viewOf(ids), { rows: codes, width, vocabulary: vocabSize });
      const logits = graph.value('level logits', rows * codes);
      emitMatmul(graph, 'nt', { out: logits, a: hidden, b }, { M: rows, N: codes, K: width }, 0);
      return { logits, place: { logitsStride: codes, logitsOffset: 0 } };
    }
    const offset = whole.weight.offset + firstToken * width;
    const isAligned = offset % 64 === 0;
    const weight: BufferView = isAligned
      ? { ...whole.weight, offset, length: codes * width }
      : whole.weight;
    const outputs = isAligned ? codes : vocabSize;
    const sizes = { rows, inputs: width, outputs };
    return {
      logits: linear(graph, hidden, { weight, gradient: null }, sizes),
      place: { logitsStride: outputs, logitsOffset: isAligned ? 0 : firstToken },
    };
  }
}
