import { BufferScope } from '../../compute/buffer-scope.ts';
import {
  viewOf,
  type BufferView,
  type DeviceBuffer,
  type Executor,
} from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { Graph, type Operand } from '../../nn/graph/graph.ts';
import { uploadRotaryTable } from '../../nn/transformer/language-model.ts';
import { HEAD, layerNames, parameterLayout } from '../../nn/transformer/layout.ts';
import { PackedTokens } from '../../nn/inputs/packed-tokens.ts';
import { uploadWeights } from '../../nn/transformer/device-weights.ts';
import type { ParameterViews } from '../../nn/graph/parameters.ts';
import { compilePlan, Workspace, type Plan } from '../../nn/graph/plan.ts';
import { rowSegments } from '../../nn/inputs/spans.ts';
import type { Batch } from '../../nn/inputs/token-batch.ts';
import { causalAttention, transformerBody } from '../../nn/transformer/transformer.ts';
import { stopIfAborted } from '../merge-checks.ts';
import { nothingToLookAt, type StatisticsHooks } from './fisher-information.ts';
import { inputGram } from './kernels.ts';

/**
 * XᵀX / N of the inputs of every linear layer of a language model over the tokens of the batches,
 * by tensor name: what RegMean takes. q, k, v share their input, gate and up theirs; a head of its
 * own has the last hidden state; embeddings and norms have none. Padding does not count. One forward
 * pass a batch; device memory: weights, activations of the largest batch, one [n, n] matrix an input.
 * @returns [inputs, inputs] row-major matrices
 * @numeric f32; |y − f64| <= 1e-5 · max G_ii beside what the activations carry
 * @errors  invalid-argument without tokens, layout-mismatch, limit-exceeded, non-finite, aborted
 * @source  Jin et al. 2023, arXiv:2212.09849
 */
export async function inputGrams(
  executor: Executor,
  config: ModelConfig,
  parameters: Float32Array,
  batches: readonly Batch[],
  { signal, onProgress }: StatisticsHooks = {},
): Promise<Map<string, Float32Array<ArrayBuffer>>> {
  const scope = new BufferScope(executor);
  let session: GramSession | null = null;
  try {
    session = new GramSession(scope, config, parameters);
    let tokens = 0;
    for (const [index, batch] of batches.entries()) {
      stopIfAborted(signal);
      tokens += await session.add(batch);
      onProgress?.(index + 1, batches.length);
    }
    if (tokens === 0) throw nothingToLookAt();
    return await session.read(tokens);
  } finally {
    session?.destroy();
    scope.destroy();
  }
}

interface InputProgram {
  readonly plan: Plan;
  readonly packed: PackedTokens;
}

/** Tensors that multiply the same input. */
interface LinearInput {
  readonly names: readonly string[];
  readonly width: number;
  readonly gram: DeviceBuffer;
}

class GramSession {
  private readonly scope: BufferScope;
  private readonly config: ModelConfig;
  private readonly views: ParameterViews;
  private readonly rope: DeviceBuffer;
  private readonly workspace: Workspace;
  private readonly inputs: readonly LinearInput[];
  private readonly programs = new Map<string, InputProgram>();

  constructor(scope: BufferScope, config: ModelConfig, parameters: Float32Array) {
    this.scope = scope;
    this.config = config;
    this.workspace = new Workspace(scope.executor);
    this.views = uploadWeights(scope, config, parameters);
    this.rope = uploadRotaryTable(scope, config);
    const { entries } = parameterLayout(config);
    this.inputs = linearGroups(config).map((names) => {
      const width = entries.find(({ name }) => name === names[0])?.shape[1] ?? 0;
      return { names, width, gram: scope.floats('input gram', width * width) };
    });
  }

  /** @returns how many tokens were added */
  async add(batch: Batch): Promise<number> {
    const { B, T, ids, segments = rowSegments(new Uint32Array(B).fill(T), T) } = batch;
    const { executor } = this.scope;
    if (T > this.config.maxPositions) {
      throw new AppError('limit-exceeded', `Rows of ${T} tokens exceed the model’s positions.`);
    }
    const key = `${B}x${T}`;
    const program = this.programs.get(key) ?? (await this.compile(B, T));
    this.programs.set(key, program);
    program.packed.upload(ids, segments);
    executor.run(program.plan.program);
    await executor.idle();
    let tokens = 0;
    segments.forEach((end, i) => {
      if (i % 2 === 1) tokens += end - (segments[i - 1] ?? 0);
    });
    return tokens;
  }

  async read(tokens: number): Promise<Map<string, Float32Array<ArrayBuffer>>> {
    const grams = new Map<string, Float32Array<ArrayBuffer>>();
    for (const { names, gram } of this.inputs) {
      const mean = (await this.scope.executor.readFloats(gram)).map((sum) => sum / tokens);
      if (mean.some((value) => !Number.isFinite(value))) {
        throw new AppError('non-finite', `The inputs of "${names[0] ?? ''}" are not finite.`);
      }
      for (const name of names) grams.set(name, mean);
    }
    return grams;
  }

  destroy(): void {
    for (const { plan } of this.programs.values()) plan.program.destroy();
    this.workspace.destroy();
  }

  private async compile(B: number, T: number): Promise<InputProgram> {
    const { config, scope, views } = this;
    const rows = B * T;
    const packed = new PackedTokens(scope, rows, config.vocabSize);
    const graph = new Graph();
    const { places: positions, spans } = packed;
    const rope = { table: viewOf(this.rope), positions, spans, length: T };
    const attend = causalAttention(graph, config, rows, rope);
    const hidden = transformerBody(graph, config, views, packed.tokens, rows, attend);
    for (const input of this.inputs) {
      const x = input.names.includes(HEAD) ? hidden : this.inputOf(graph, input);
      const bind = { gram: viewOf(input.gram), x, spans };
      graph.emit(inputGram, bind, { rows, width: input.width });
    }
    graph.prune();
    const plan = await compilePlan(`inputs ${B}x${T}`, graph, scope.executor, this.workspace);
    return { plan, packed };
  }

  /** What the product with these weights multiplies. */
  private inputOf(graph: Graph, { names }: LinearInput): Operand {
    const { weight } = this.views.get(...names);
    const step = graph.steps.find(({ bind }) => isView(bind['b'], weight));
    const input = step?.bind['a'];
    if (input !== undefined) return input;
    throw new AppError('internal', `No product with "${names.join()}" was found.`);
  }
}

function isView(operand: Operand | undefined, view: BufferView): boolean {
  return (
    operand !== undefined &&
    'buffer' in operand &&
    operand.buffer === view.buffer &&
    operand.offset === view.offset
  );
}

function linearGroups(config: ModelConfig): string[][] {
  const blocks = Array.from({ length: config.layers }, (_, i) => {
    const { q, k, v, o, gate, up, down } = layerNames(i);
    return [[q, k, v], [o], [gate, up], [down]];
  });
  return [...blocks.flat(), ...(config.tied ? [] : [[HEAD]])];
}
