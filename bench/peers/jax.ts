import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  numpy as np,
  tree,
  type Array as JaxArray,
} from '@jax-js/jax';
import type { Engine } from '../engine.ts';
import { gpuCounts } from '../gpu-counters.ts';
import { ProductInputs } from '../product-inputs.ts';
import type { PreparedCase } from '../suite.ts';
import { trainBatches } from '../suites/train-step.ts';
import type { MatmulWorkload, TrainStepWorkload } from '../workload.ts';
import { jaxStep, type StepInputs, type Tensors } from './jax-model.ts';
import { corrections, peerParameters, peerRotary, type HostTensor } from './model.ts';

type JaxDevice = 'webgpu' | 'wasm';

/** Lower bounds on software, as measured in kernels.md: they only decide what is skipped. */
const SOFTWARE_FLOPS: Record<JaxDevice, number> = { webgpu: 1.2e9, wasm: 8e9 };

/** jax-js on one of its devices. @throws when it cannot start there */
export async function openJax(device: JaxDevice, adapter: string, isSoftware: boolean) {
  if (!(await init(device)).includes(device)) throw new Error(`jax-js has no ${device} here.`);
  // Constants inside a jitted function are made on the default device.
  defaultDevice(device);
  const threads = globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const count = `${threads} thread${threads === 1 ? '' : 's'}`;
  const engine: Engine = {
    name: device === 'wasm' ? `jax-js wasm ${count}` : 'jax-js webgpu',
    group: device === 'wasm' ? 'cpu' : 'webgpu',
    isPeer: true,
    adapter,
    expectedFlops: isSoftware ? SOFTWARE_FLOPS[device] : Infinity,
    async prepare({ workload }) {
      switch (workload?.kind) {
        case undefined:
          return null;
        case 'train-step':
          return trainStep(device, workload);
        case 'matmul':
          return matmul(device, workload);
      }
    },
    liveBytes: () => (device === 'webgpu' ? (gpuCounts()?.liveBytes ?? null) : null),
    destroy: () => undefined,
  };
  return engine;
}

/** Reads and releases an array. Its declaration names array types that TypeScript does not have. */
async function floatsOf(array: JaxArray): Promise<Float32Array> {
  const data: unknown = await array.data();
  return data as Float32Array;
}

async function trainStep(device: JaxDevice, workload: TrainStepWorkload): Promise<PreparedCase> {
  const { B, T } = workload;
  const floats = ({ shape, data }: HostTensor) => np.array(data, { shape, device });
  const tensors = [...peerParameters(workload)];
  const all = (make: (tensor: HostTensor) => JaxArray): Tensors =>
    Object.fromEntries(tensors.map(([name, tensor]) => [name, make(tensor)]));
  const zeros = ({ shape, data }: HostTensor) =>
    np.array(new Float32Array(data.length), { shape, device });
  const rotary = peerRotary(workload);
  const tables = { cos: floats(rotary.cos), sin: floats(rotary.sin) };
  let state = { weights: all(floats), first: all(zeros), second: all(zeros) };
  const step = jit(jaxStep(workload));
  const batchAt = trainBatches(workload);
  let done = 0;
  /** Waiting for each step is what its users are told to do: a queue of steps is slower. */
  const run = async (): Promise<number> => {
    const { ids, targets } = batchAt(done++);
    const [c1, c2] = corrections(workload, done);
    const scalar = (value: number) => np.array(Float32Array.of(value), { shape: [], device });
    const inputs: StepInputs = {
      ids: np.array(Int32Array.from(ids), { dtype: np.int32, device }),
      targets: np.array(Int32Array.from(targets), { dtype: np.int32, device }),
      cos: tables.cos.ref,
      sin: tables.sin.ref,
      correction1: scalar(c1),
      correction2: scalar(c2),
    };
    const { loss, ...next } = step(state.weights, state.first, state.second, inputs);
    state = next;
    await blockUntilReady(state);
    return (await floatsOf(loss))[0] ?? Number.NaN;
  };
  await blockUntilReady(state);
  return {
    answer: run,
    async round(repeats) {
      for (let i = 0; i < repeats; i++) {
        if (!Number.isFinite(await run())) throw new Error('the loss is not a number');
      }
      return repeats * B * T;
    },
    dispose() {
      tree.dispose(state);
      tree.dispose(tables);
      step.dispose();
    },
  };
}

async function matmul(device: JaxDevice, workload: MatmulWorkload): Promise<PreparedCase> {
  const { M, N, K } = workload;
  const inputs = new ProductInputs(workload, 'nn');
  const product = jit((a: JaxArray, b: JaxArray) => np.matmul(a, b));
  const upload = (data: Float32Array<ArrayBuffer>, shape: number[]) =>
    np.array(data.slice(), { shape, device });
  let factors: { a: JaxArray; b: JaxArray } | null = null;
  let last: JaxArray | null = null;
  const release = () => {
    tree.dispose(factors);
    last?.dispose();
    factors = null;
    last = null;
  };
  return {
    async begin(round) {
      release();
      inputs.refresh(round);
      factors = { a: upload(inputs.a, [M, K]), b: upload(inputs.b, [K, N]) };
      await blockUntilReady(factors);
    },
    async round(repeats) {
      if (factors === null) throw new Error('The round has no inputs.');
      const outs: JaxArray[] = [];
      for (let i = 0; i < repeats; i++) outs.push(product(factors.a.ref, factors.b.ref));
      await blockUntilReady(outs);
      last = outs.pop() ?? null;
      tree.dispose(outs);
      return (repeats * 2 * M * N * K) / 1e9;
    },
    async end() {
      if (last === null) return;
      const out = last;
      last = null;
      inputs.check(await floatsOf(out));
    },
    dispose() {
      release();
      product.dispose();
    },
  };
}
