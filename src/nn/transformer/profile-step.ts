import type { Executor } from '../../compute/executor.ts';
import { measureCopy, profileProgram, type Ceilings, type Profile } from '../../compute/profile.ts';
import { RandomStream } from '../../core/rng.ts';
import type { ModelConfig } from './config.ts';
import { Graph } from '../graph/graph.ts';
import { initialParameters } from './init.ts';
import { languageModel } from './language-model.ts';
import type { MatmulLayout } from '../ops/matmul-parts.ts';
import { emitMatmul } from '../ops/matmul.ts';
import { compilePlan, Workspace } from '../graph/plan.ts';
import type { Batch } from '../inputs/token-batch.ts';
import { Trainer } from '../training/trainer.ts';

/** A training step's profile with what it is measured against. */
export interface StepProfile {
  readonly profile: Profile;
  readonly ceilings: Ceilings;
  readonly batch: number;
  readonly length: number;
}

/** Runs before anything is timed: compiled code and clock speeds settle. */
const WARM_UP = 2;
/** AdamW's usual settings; they cost the same whatever they are. */
const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, clipNorm: 1 };

/**
 * Profiles one training step of a model with random weights and tokens. Everything that it
 * allocates is freed again.
 * @errors limit-exceeded, gpu-out-of-memory, device-lost
 */
export async function profileTrainingStep(
  executor: Executor,
  config: ModelConfig,
  { batch, length, runs }: { batch: number; length: number; runs: number },
): Promise<StepProfile> {
  const trainer = new Trainer(executor, languageModel(config), initialParameters(config, 1), ADAMW);
  try {
    const tokens = randomBatch(batch, length, config.vocabSize);
    for (let step = 0; step < WARM_UP; step++) await trainer.step(tokens, 1e-3);
    await trainer.flush();
    const { plan } = await trainer.prepare(tokens);
    const profile = await profileProgram(executor, plan.program, runs);
    return { profile, ceilings: await measureCeilings(executor), batch, length };
  } finally {
    trainer.destroy();
  }
}

function randomBatch(B: number, T: number, vocabulary: number): Batch {
  const random = new RandomStream(1, 'profile');
  const token = (): number => random.nextInt(vocabulary);
  return {
    B,
    T,
    ids: Uint32Array.from({ length: B * T }, token),
    targets: Int32Array.from({ length: B * T }, token),
  };
}

/** Best of three rounds: a busy machine only makes it slower. */
const ROUNDS = 3;

/** The best square matrix product and the best copy of this machine, now. */
export async function measureCeilings(executor: Executor): Promise<Ceilings> {
  const { kind, isSoftware } = executor.profile;
  const isSlow = kind === 'cpu' || isSoftware;
  let flopsPerSecond = 0;
  for (const layout of ['nt', 'nn', 'tn'] as const) {
    const rate = await measureMatmul(executor, layout, isSlow ? 256 : 2048);
    flopsPerSecond = Math.max(flopsPerSecond, rate);
  }
  const copied = isSlow ? 2 ** 24 : 2 ** 26;
  return { flopsPerSecond, bytesPerSecond: await measureCopy(executor, copied, ROUNDS) };
}

async function measureMatmul(
  executor: Executor,
  layout: MatmulLayout,
  size: number,
): Promise<number> {
  const workspace = new Workspace(executor);
  const graph = new Graph();
  const [out, a, b] = ['out', 'a', 'b'].map((label) => graph.keep(graph.value(label, size * size)));
  if (out === undefined || a === undefined || b === undefined) return 0;
  const PRODUCTS = 2;
  for (let i = 0; i < PRODUCTS; i++) {
    emitMatmul(graph, layout, { out, a, b }, { M: size, N: size, K: size }, 0);
  }
  try {
    const plan = await compilePlan(`ceiling ${layout}`, graph, executor, workspace);
    const random = new RandomStream(2, layout);
    const values = Float32Array.from({ length: size * size }, () => random.nextUniform() - 0.5);
    for (const operand of [a, b]) {
      const { buffer, offset } = plan.viewOf(operand);
      executor.write(buffer, values, offset);
    }
    let best = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      await executor.idle();
      const start = performance.now();
      executor.run(plan.program);
      await executor.idle();
      const seconds = (performance.now() - start) / 1000;
      if (round > 0) best = Math.max(best, (PRODUCTS * 2 * size ** 3) / seconds);
    }
    plan.program.destroy();
    return best;
  } finally {
    workspace.destroy();
  }
}
