import { expect } from 'vitest';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import { readSafetensors } from '../../../src/io/safetensors.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { fromHfConfig } from '../../../src/nn/transformer/hf-config.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { fillArena, tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { HYPER, HYPER_LENGTH } from '../../../src/nn/ops/optimizer.ts';
import { ParameterViews } from '../../../src/nn/graph/parameters.ts';
import { Workspace } from '../../../src/nn/graph/plan.ts';
import { createTrainProgram } from '../../../src/nn/training/train-program.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';

/** `expected.json` of a golden transformer folder. */
export interface GoldenExpected {
  input_ids: number[][];
  targets: number[][];
  logits: number[];
  loss: number;
  grads: Record<string, number[]>;
  grad_norm: number;
  adamw: {
    lr: number[];
    beta1: number;
    beta2: number;
    eps: number;
    weight_decay: number;
    clip_global_norm: number;
    losses_before_each_step: number[];
    grad_norms: number[];
    params_after: Record<string, number[]>;
  };
}

export interface GoldenFolder {
  readonly name: string;
  readonly config: unknown;
  readonly expected: GoldenExpected;
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** ‖out - ref‖ / ‖ref‖ that every tensor must stay below (issue and golden README). */
const RELATIVE = 2e-5;

export function relativeError(out: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(out.length).toBe(reference.length);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < out.length; i++) {
    const value = out[i] ?? NaN;
    const wanted = reference[i] ?? NaN;
    difference += (value - wanted) ** 2;
    norm += wanted ** 2;
  }
  return Math.sqrt(difference / norm);
}

function expectClose(out: ArrayLike<number>, reference: ArrayLike<number>, what: string): void {
  const error = relativeError(out, reference);
  expect(error, `${what}: relative error ${error}`).toBeLessThanOrEqual(RELATIVE);
}

function load({ name, config: json, expected, weights }: GoldenFolder) {
  const config = fromHfConfig(json);
  const file = readSafetensors(weights, `${name}/model.safetensors`);
  const tensors = new Map(
    [...file.tensors].map(([key, { shape }]) => [key, { shape, data: file.floats(key) }]),
  );
  const layout = parameterLayout(config);
  const B = expected.input_ids.length;
  const T = expected.input_ids[0]?.length ?? 0;
  const batch = {
    B,
    T,
    ids: Uint32Array.from(expected.input_ids.flat()),
    targets: Int32Array.from(expected.targets.flat()),
  };
  return { config, layout, arena: fillArena(layout, tensors), batch };
}

export async function checkGoldenLogits(executor: Executor, folder: GoldenFolder): Promise<void> {
  const { config, arena, batch } = load(folder);
  const logits = await forwardLogits(executor, config, arena, batch);
  expectClose(logits, folder.expected.logits, 'logits');
}

export async function checkGoldenGradients(
  executor: Executor,
  folder: GoldenFolder,
): Promise<void> {
  const { config, layout, arena, batch } = load(folder);
  const { expected } = folder;
  const floats = (label: string, length: number) => executor.allocate(label, 'f32', length);
  const weights = floats('weights', layout.length);
  const gradients = floats('gradients', layout.length);
  const hyper = floats('hyper', HYPER_LENGTH);
  executor.write(weights, arena);
  const values = new Float32Array(HYPER_LENGTH);
  values[HYPER.lossScale] = 1 / batch.targets.filter((target) => target >= 0).length;
  executor.write(hyper, values);
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  const unused = { partial: hyper, control: hyper, stats: hyper };
  const program = await createTrainProgram(executor, workspace, {
    model: languageModel(config).open(scope),
    shape: batch,
    name: 'golden',
    parameters: ParameterViews.whole(layout, weights, gradients),
    optimizer: { shards: [], hyper, ...unused },
    lossTotal: hyper,
    part: 'gradients',
    recompute: false,
  });
  program.upload(batch);
  executor.run(program.plan.program);
  const found = await executor.readFloats(viewOf(gradients));
  for (const [name, reference] of Object.entries(expected.grads)) {
    expectClose(tensorOf(layout, found, name), reference, `gradient of ${name}`);
  }
  const norm = Math.sqrt(found.reduce((sum, value) => sum + value * value, 0));
  expectClose([norm], [expected.grad_norm], 'gradient norm');
  program.destroy();
  workspace.destroy();
  scope.destroy();
  for (const buffer of [weights, gradients, hyper]) executor.free(buffer);
}

export async function checkGoldenSteps(executor: Executor, folder: GoldenFolder): Promise<void> {
  const { config, layout, arena, batch } = load(folder);
  const { adamw } = folder.expected;
  const trainer = new Trainer(executor, languageModel(config), arena, {
    beta1: adamw.beta1,
    beta2: adamw.beta2,
    eps: adamw.eps,
    weightDecay: adamw.weight_decay,
    clipNorm: adamw.clip_global_norm,
  });
  for (const learningRate of adamw.lr) await trainer.step(batch, learningRate);
  const stats = await trainer.flush();
  const losses = stats.map(({ loss }) => loss);
  const norms = stats.map(({ gradNorm }) => gradNorm);
  expectClose(losses, adamw.losses_before_each_step, 'losses');
  expectClose(norms, adamw.grad_norms, 'gradient norms');
  const { parameters } = await trainer.state();
  for (const [name, reference] of Object.entries(adamw.params_after)) {
    expectClose(tensorOf(layout, parameters, name), reference, `${name} after five steps`);
  }
  trainer.destroy();
}
