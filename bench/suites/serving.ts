import { BufferScope } from '../../src/compute/buffer-scope.ts';
import { viewOf, type Executor } from '../../src/compute/executor.ts';
import { RandomStream } from '../../src/core/rng.ts';
import {
  behaviourTable,
  denseParameters,
  initialBehaviour,
  type BehaviourConfig,
} from '../../src/nn/behaviour-model/behaviour-layout.ts';
import { CandidateScorer } from '../../src/nn/behaviour-model/candidate-scorer.ts';
import { ClickInputs, type ClickBatch } from '../../src/nn/behaviour-model/click-model.ts';
import { Graph } from '../../src/nn/graph/graph.ts';
import { HYPER_LENGTH } from '../../src/nn/ops/optimizer.ts';
import { uploadTable } from '../../src/nn/graph/parameter-arena.ts';
import { compilePlan, Workspace } from '../../src/nn/graph/plan.ts';
import { rowSegments } from '../../src/nn/inputs/spans.ts';
import type { BenchCase, BenchSuite, PreparedCase, Size } from '../suite.ts';

const CONFIG: BehaviourConfig = {
  items: 3000,
  features: [{ name: 'category', values: 50 }],
  numeric: 0,
  width: 64,
  layers: 2,
  heads: 4,
  maxPositions: 256,
};
/** Re-encoding takes this many at a time: enough rows to fill the products. */
const BATCH = 50;
const MODEL = `d ${CONFIG.width}, ${CONFIG.layers} layers`;

/** One user's candidates from ids to logits, the upload and the readback included. */
export const suite: BenchSuite = {
  name: 'serving',
  cases: [...casesOf('nano', 50), ...casesOf('small', 200)],
};

function casesOf(size: Size, history: number): BenchCase[] {
  return [
    ...[100, 1000].map((candidates): BenchCase => ({
      name: `${candidates} candidates, cached history ${history}, ${MODEL}`,
      size,
      unit: 'candidates/s',
      flops: flopsOf(history + candidates, pairsOf(history) + candidates * (history + 1)),
      prepare: (executor) => prepareCached(executor, history, candidates),
    })),
    {
      name: `candidates re-encoded ${BATCH} at a time, history ${history}, ${MODEL}`,
      size,
      unit: 'candidates/s',
      flops: flopsOf(BATCH * (history + 1), BATCH * pairsOf(history + 1)),
      prepare: (executor) => prepareAgain(executor, history),
    },
  ];
}

function pairsOf(length: number): number {
  return (length * (length + 1)) / 2;
}

/** Products of the blocks, and scores and sums of attention. */
function flopsOf(rows: number, pairs: number): number {
  return 2 * rows * denseParameters(CONFIG) + 4 * pairs * CONFIG.width * CONFIG.layers;
}

function columns(random: RandomStream, rows: number) {
  const words = (limit: number) => Uint32Array.from({ length: rows }, () => random.nextInt(limit));
  return { items: words(CONFIG.items), features: { category: words(50) } };
}

/** Every unit is another user: the history is encoded, then all candidates are scored. */
async function prepareCached(
  executor: Executor,
  history: number,
  candidates: number,
): Promise<PreparedCase> {
  const sizes = { users: 1, length: history, candidates };
  const arena = initialBehaviour(CONFIG, true, 1);
  const scorer = await CandidateScorer.create(executor, CONFIG, arena, sizes);
  const random = new RandomStream(2, 'bench serving');
  const user = { ...columns(random, history), lengths: Uint32Array.of(history) };
  const asked = columns(random, candidates);
  return {
    async round(repeats) {
      for (let i = 0; i < repeats; i++) {
        scorer.prefill(user);
        checkLogits(await scorer.score(asked), candidates);
      }
      return repeats * candidates;
    },
    dispose: () => {
      scorer.destroy();
    },
  };
}

/** [history, candidate] as a whole for each candidate, by the click model that is trained. */
async function prepareAgain(executor: Executor, history: number): Promise<PreparedCase> {
  const [B, T] = [BATCH, history + 1];
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  const parameters = uploadTable(
    scope,
    behaviourTable(CONFIG, true),
    initialBehaviour(CONFIG, true, 1),
  );
  const inputs = new ClickInputs(scope, CONFIG, { B, T });
  const hyper = viewOf(scope.floats('hyper', HYPER_LENGTH));
  const graph = new Graph();
  const context = { parameters, hyper, recompute: false, bindingBytes: 2 ** 27 };
  const logits = graph.keep(inputs.head(graph, context).logits);
  graph.prune();
  const plan = await compilePlan('encode again', graph, executor, workspace);
  const batch: ClickBatch = {
    ...{ B, T, ...columns(new RandomStream(2, 'bench serving'), B * T) },
    segments: rowSegments(new Uint32Array(B).fill(T), T),
    candidates: Uint32Array.from({ length: B }, (_, b) => b * T + history),
    labels: new Int32Array(B).fill(-100),
  };
  return {
    async round(repeats) {
      for (let i = 0; i < repeats; i++) {
        inputs.upload(batch);
        executor.run(plan.program);
        checkLogits(await executor.readFloats(plan.viewOf(logits)), B);
      }
      return repeats * B;
    },
    dispose: () => {
      plan.program.destroy();
      workspace.destroy();
      scope.destroy();
    },
  };
}

function checkLogits(logits: Float32Array, count: number): void {
  if (logits.length !== count || !logits.every(Number.isFinite)) {
    throw new Error('a candidate has no score');
  }
}
