import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-webgpu';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.ts';
import { gpuCounts } from '../gpu-counters.ts';
import { ProductInputs } from '../product-inputs.ts';
import type { PreparedCase } from '../suite.ts';
import { trainBatches } from '../suites/train-step.ts';
import type { MatmulWorkload, TrainStepWorkload } from '../workload.ts';
import { corrections, peerParameters, peerRotary, type HostTensor } from './model.ts';
import { tfjsLoss, type Constants } from './tfjs-model.ts';

/** A lower bound on software, as measured in kernels.md: it only decides what is skipped. */
const SOFTWARE_FLOPS = 0.2e9;

/** TensorFlow.js on its WebGPU backend. @throws when it cannot start */
export async function openTfjs(adapter: string, isSoftware: boolean): Promise<Engine> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js has no webgpu here.');
  await tf.ready();
  return {
    name: 'tfjs webgpu',
    group: 'webgpu',
    isPeer: true,
    adapter,
    expectedFlops: isSoftware ? SOFTWARE_FLOPS : Infinity,
    async prepare({ workload }) {
      switch (workload?.kind) {
        case undefined:
          return null;
        case 'train-step':
          return trainStep(workload);
        case 'matmul':
          return matmul(workload);
      }
    },
    liveBytes: () => gpuCounts()?.liveBytes ?? null,
    destroy: () => {
      tf.removeBackend('webgpu');
    },
  };
}

/** Waits without reading anything back. */
async function finish(): Promise<void> {
  const backend = tf.backend() as WebGPUBackend;
  // submitQueue leaves an open pass open, and needs an encoder.
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  await backend.queue.onSubmittedWorkDone();
}

function upload({ shape, data }: HostTensor): tf.Tensor {
  return tf.tensor(data, shape, 'float32');
}

async function trainStep(workload: TrainStepWorkload): Promise<PreparedCase> {
  const { B, T, optimizer, learningRate } = workload;
  const variables = new Map<string, tf.Variable>();
  const moments: Record<string, { first: tf.Variable; second: tf.Variable }> = {};
  for (const [name, tensor] of peerParameters(workload)) {
    const variable = tf.variable(upload(tensor));
    variables.set(name, variable);
    const zeros = () => tf.variable(tf.zeros(tensor.shape), false);
    moments[variable.name] = { first: zeros(), second: zeros() };
  }
  const rotary = peerRotary(workload);
  const half = workload.config.headWidth / 2;
  const table = ({ data }: HostTensor) => tf.tensor4d(data, [1, T, 1, half]);
  const constants: Constants = {
    cos: table(rotary.cos),
    sin: table(rotary.sin),
    hidden: tf.tidy(() =>
      tf.mul<tf.Tensor2D>(tf.sub(1, tf.linalg.bandPart(tf.ones([T, T]), -1, 0)), -1e9),
    ),
  };
  const batchAt = trainBatches(workload);
  let done = 0;
  const step = (): tf.Scalar =>
    tf.tidy(() => {
      const { ids, targets } = batchAt(done++);
      const batch = {
        ids: tf.tensor1d(Int32Array.from(ids), 'int32'),
        targets: tf.tensor1d(targets, 'int32'),
      };
      const list = [...variables.values()];
      const { value, grads } = tf.variableGrads(
        () => tfjsLoss(workload, variables, constants, batch),
        list,
      );
      for (const variable of list) {
        const moment = moments[variable.name];
        const gradient = grads[variable.name];
        if (moment === undefined || gradient === undefined) throw new Error(variable.name);
        adamW(variable, moment, gradient, corrections(workload, done));
      }
      return value;
    });
  const adamW = (
    variable: tf.Variable,
    { first, second }: { first: tf.Variable; second: tf.Variable },
    gradient: tf.Tensor,
    [c1, c2]: [number, number],
  ): void => {
    const { beta1, beta2, eps, weightDecay } = optimizer;
    first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)));
    second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    const root = tf.add(tf.sqrt(tf.mul(second, c2)), eps);
    const update = tf.mul(tf.div(tf.mul(first, c1), root), learningRate);
    const decay = variable.rank > 1 ? 1 - learningRate * weightDecay : 1;
    variable.assign(tf.sub(tf.mul(variable, decay), update));
  };
  const run = async (): Promise<number> => {
    const loss = step();
    const [value] = await loss.data();
    await finish();
    loss.dispose();
    return value ?? Number.NaN;
  };
  await finish();
  return {
    answer: run,
    async round(repeats) {
      for (let i = 0; i < repeats; i++) {
        if (!Number.isFinite(await run())) throw new Error('the loss is not a number');
      }
      return repeats * B * T;
    },
    dispose() {
      tf.dispose([...variables.values()]);
      tf.dispose(Object.values(moments).flatMap(({ first, second }) => [first, second]));
      tf.dispose([constants.cos, constants.sin, constants.hidden]);
    },
  };
}

async function matmul(workload: MatmulWorkload): Promise<PreparedCase> {
  const { M, N, K } = workload;
  const inputs = new ProductInputs(workload, 'nn');
  let factors: { a: tf.Tensor2D; b: tf.Tensor2D } | null = null;
  let last: tf.Tensor | null = null;
  const release = () => {
    if (factors !== null) tf.dispose([factors.a, factors.b]);
    last?.dispose();
    factors = null;
    last = null;
  };
  return {
    async begin(round) {
      release();
      inputs.refresh(round);
      const a = tf.tensor2d(inputs.a.slice(), [M, K]);
      const b = tf.tensor2d(inputs.b.slice(), [K, N]);
      // It uploads at first use, which must not fall into the timed round.
      tf.dispose([tf.neg(a), tf.neg(b)]);
      factors = { a, b };
      await finish();
    },
    async round(repeats) {
      if (factors === null) throw new Error('The round has no inputs.');
      for (let i = 0; i < repeats; i++) {
        last?.dispose();
        last = tf.matMul(factors.a, factors.b);
      }
      await finish();
      return (repeats * 2 * M * N * K) / 1e9;
    },
    async end() {
      if (last !== null) inputs.check(await last.data());
    },
    dispose: release,
  };
}
