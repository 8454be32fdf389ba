import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { Graph, type Value } from '../../nn/graph/graph.ts';
import { uploadRotaryTable } from '../../nn/transformer/language-model.ts';
import { EMBEDDING, HEAD, parameterTable } from '../../nn/transformer/layout.ts';
import { gatherRows } from '../../nn/ops/embedding.ts';
import { linear } from '../../nn/ops/linear.ts';
import { DeviceWeights } from '../../nn/graph/parameter-arena.ts';
import { compilePlan, Workspace, type Plan } from '../../nn/graph/plan.ts';
import { fillSpans, rowSegments } from '../../nn/inputs/spans.ts';
import { causalAttention, transformerBody } from '../../nn/transformer/transformer.ts';
import { itemTokens, promptTokens } from '../rows/token-rows.ts';
import { buildTrie, childOf, type Trie } from '../semantic-ids/trie.ts';
import type { Sample, SemanticIds } from '../data/types.ts';
import { probeAnswer, type ProbeAnswer } from './probe-numbers.ts';
import { idTokenRange, type Vocabulary } from '../semantic-ids/vocabulary.ts';

/**
 * A quick measure of a model on fixed users: one forward pass over their histories and targets.
 * The loss is that of the target's codes with the earlier codes given (teacher forcing). Recall@1 is
 * that of greedy decoding among the codes that lead to items: it finds the target exactly if every
 * code of the target is the best one after the true codes before it, so one pass tells.
 * Compiled once; weights are replaced on the device.
 */
export class IdProbe {
  readonly weights: DeviceWeights;
  private readonly executor: Executor;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly plan: Plan;
  private readonly out: Value;
  private readonly rows: ProbeRows;

  private constructor(built: Omit<IdProbeParts, 'graph'> & { plan: Plan; out: Value }) {
    this.executor = built.scope.executor;
    this.scope = built.scope;
    this.workspace = built.workspace;
    this.weights = built.weights;
    this.plan = built.plan;
    this.out = built.out;
    this.rows = built.rows;
  }

  /** @errors limit-exceeded, invalid-argument (no samples; ids of another shape) */
  static async create(
    executor: Executor,
    setup: {
      readonly config: ModelConfig;
      readonly ids: SemanticIds;
      readonly vocabulary: Vocabulary;
    },
    samples: readonly Sample[],
  ): Promise<IdProbe> {
    const { config } = setup;
    const rows = probeRows(setup.ids, setup.vocabulary, samples);
    const workspace = new Workspace(executor);
    const scope = new BufferScope(executor);
    try {
      const weights = new DeviceWeights(scope, parameterTable(config));
      const graph = new Graph();
      const out = emitProbe({ scope, workspace, weights, rows, graph }, config);
      const plan = await compilePlan('probe', graph, executor, workspace);
      return new IdProbe({ scope, workspace, weights, rows, plan, out });
    } catch (error) {
      workspace.destroy();
      scope.destroy();
      throw error;
    }
  }

  /** @errors non-finite where the model's logits are no numbers */
  async measure(): Promise<ProbeAnswer> {
    this.executor.run(this.plan.program);
    const logits = await this.executor.readFloats(this.plan.viewOf(this.out));
    return answerOf(this.rows, logits);
  }

  destroy(): void {
    this.plan.program.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }
}

interface IdProbeParts {
  readonly scope: BufferScope;
  readonly workspace: Workspace;
  readonly weights: DeviceWeights;
  readonly rows: ProbeRows;
  readonly graph: Graph;
}

/** Histories with their targets, padded to one length. */
interface ProbeRows {
  readonly users: number;
  readonly length: number;
  readonly tokens: Uint32Array;
  readonly lengths: readonly number[];
  /** Codes of each user's target. */
  readonly targets: readonly (readonly number[])[];
  readonly trie: Trie;
  readonly range: { readonly start: number; readonly end: number };
}

function probeRows(
  ids: SemanticIds,
  vocabulary: Vocabulary,
  samples: readonly Sample[],
): ProbeRows {
  if (samples.length === 0) throw new AppError('invalid-argument', 'A probe needs users.');
  const range = idTokenRange(vocabulary);
  const rows = samples.map(({ history, target }) => {
    // The last code of the target predicts nothing.
    const answer = itemTokens(target, ids, vocabulary);
    return [...promptTokens(history, ids, vocabulary), ...answer.slice(0, -1)];
  });
  const length = Math.ceil(Math.max(...rows.map((row) => row.length)) / 8) * 8;
  const tokens = new Uint32Array(samples.length * length);
  rows.forEach((row, user) => {
    tokens.set(row, user * length);
  });
  return {
    users: samples.length,
    length,
    tokens,
    lengths: rows.map((row) => row.length),
    targets: samples.map(({ target }) =>
      Array.from(ids.codes.subarray(target * ids.levels, (target + 1) * ids.levels)),
    ),
    trie: buildTrie(ids),
    range,
  };
}

/** Logits of the id tokens where codes of the targets are predicted: f32[users·levels, ids]. */
function emitProbe({ scope, weights, rows, graph }: IdProbeParts, config: ModelConfig): Value {
  const { users, length, tokens, lengths, trie, range } = rows;
  const { executor } = scope;
  const { width, tied } = config;
  const count = users * length;
  const scored = Uint32Array.from({ length: users * trie.levels }, (_, index) => {
    const user = Math.floor(index / trie.levels);
    const level = index % trie.levels;
    return user * length + (lengths[user] ?? 0) - trie.levels + level;
  });
  const upload = (label: string, data: Uint32Array) => {
    const buffer = scope.allocate(label, 'u32', data.length);
    executor.write(buffer, data);
    return viewOf(buffer);
  };
  const spans = new Uint32Array(2 * count);
  const places = new Uint32Array(count);
  fillSpans(rowSegments(lengths, length), spans, places);
  const rope = {
    table: viewOf(uploadRotaryTable(scope, config)),
    positions: upload('probe places', places),
    spans: upload('probe spans', spans),
    length,
  };
  const input = { ids: upload('probe tokens', tokens), segments: null };
  const attend = causalAttention(graph, config, count, rope);
  const hidden = transformerBody(graph, config, weights.views, input, count, attend);
  const taken = { rows: scored.length, width };
  const states = gatherRows(graph, hidden, upload('probe rows', scored), taken);
  const { weight } = weights.views.get(tied ? EMBEDDING : HEAD);
  const offset = weight.offset + range.start * width;
  if (offset % 64 !== 0) {
    throw new AppError('limit-exceeded', 'The id tokens do not start at a binding boundary.', {
      hint: 'Measure this merge with a full evaluation instead.',
    });
  }
  const own = { ...weight, offset, length: (range.end - range.start) * width };
  const sizes = { rows: scored.length, inputs: width, outputs: range.end - range.start };
  return graph.keep(linear(graph, states, { weight: own, gradient: null }, sizes));
}

function answerOf({ targets, trie }: ProbeRows, logits: Float32Array): ProbeAnswer {
  const { levels, codesPerLevel } = trie;
  const stride = levels * codesPerLevel;
  const losses: number[] = [];
  const isHit = targets.map((codes, user) => {
    let node = 0;
    let loss = 0;
    let isFirst = true;
    codes.forEach((code, level) => {
      const start = (user * levels + level) * stride + level * codesPerLevel;
      const own = logits.subarray(start, start + codesPerLevel);
      const wanted = own[code] ?? Number.NaN;
      loss += logSumExp(own) - wanted;
      for (let other = 0; other < codesPerLevel; other++) {
        const value = own[other] ?? 0;
        // Equal logits: the lower code wins, as in beam search.
        const isBetter = value > wanted || (value === wanted && other < code);
        if (isBetter && childOf(trie, node, other) >= 0) isFirst = false;
      }
      node = childOf(trie, node, code);
    });
    losses.push(loss / levels);
    return isFirst;
  });
  return probeAnswer(losses, isHit);
}

function logSumExp(values: Float32Array): number {
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
