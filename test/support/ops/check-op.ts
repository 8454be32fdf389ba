import { expect } from 'vitest';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { DeviceBuffer, Executor, HostArray } from '../../../src/compute/executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { Graph, type Operand, type Parameter, type Value } from '../../../src/nn/graph/graph.ts';
import type { Tolerance } from '../../../src/nn/graph/op.ts';
import { compilePlan } from '../../../src/nn/graph/plan.ts';
import { GuardedMemory } from './guarded-memory.ts';

type Sizes = Readonly<Record<string, number>>;
export type Fill = 'normal' | 'zeros' | 'negative zeros' | 'large' | 'equal' | 'subnormal';

/** An op as its test sees it. */
export interface OpSpec {
  readonly name: string;
  readonly tolerance: (sizes: Sizes) => Tolerance;
  /** Lengths of activations that get data; differentiable ones first class citizens. */
  readonly inputs: (sizes: Sizes) => Readonly<Record<string, number>>;
  readonly parameters: (sizes: Sizes) => Readonly<Record<string, number>>;
  /** Integer or constant inputs. */
  readonly fixed?: (sizes: Sizes) => Readonly<Record<string, HostArray>>;
  readonly build: (
    graph: Graph,
    inputs: Readonly<Record<string, Value>>,
    parameters: Readonly<Record<string, Parameter>>,
    fixed: Readonly<Record<string, Operand>>,
    sizes: Sizes,
  ) => Value;
  /** The op writes its own gradient (the loss does); weight of its output in the objective. */
  readonly ownGradient?: (sizes: Sizes) => number;
}

export interface OpCase {
  readonly sizes: Sizes;
  readonly fill?: Fill;
  /** Central differences of the float64 reference; off where the function has no derivative. */
  readonly differences?: boolean;
}

interface Data {
  readonly inputs: Record<string, Float64Array>;
  readonly parameters: Record<string, Float64Array>;
  readonly seed: Float64Array;
}

interface Outcome {
  readonly out: ArrayLike<number>;
  readonly inputGradients: Record<string, ArrayLike<number>>;
  readonly parameterGradients: Record<string, ArrayLike<number>>;
}

function values(name: string, length: number, fill: Fill): Float64Array {
  const random = new RandomStream(17, name);
  return Float64Array.from({ length }, (_, i) => {
    switch (fill) {
      case 'normal':
        return Math.fround(random.nextNormal());
      case 'zeros':
        return 0;
      case 'negative zeros':
        return -0;
      case 'large':
        return i % 2 === 0 ? 1e4 : -1e4;
      case 'equal':
        return Math.fround(0.3);
      case 'subnormal':
        return Math.fround(1e-40 * (1 + (i % 7)));
    }
  });
}

function dataOf(spec: OpSpec, sizes: Sizes, fill: Fill, outLength: number): Data {
  const make = (lengths: Readonly<Record<string, number>>, chosen: Fill) =>
    Object.fromEntries(Object.entries(lengths).map(([k, n]) => [k, values(k, n, chosen)]));
  return {
    inputs: make(spec.inputs(sizes), fill),
    parameters: make(spec.parameters(sizes), 'normal'),
    seed: values('seed', outLength, 'normal'),
  };
}

/** Builds the op on an executor, ready to run forward and backward, or forward alone. */
class Bench {
  readonly graph = new Graph();
  readonly memory: GuardedMemory;
  readonly out: Value;
  private readonly executor: Executor;
  private readonly inputs: Record<string, Value> = {};
  private readonly parameters: Record<string, { weight: DeviceBuffer; gradient: DeviceBuffer }> =
    {};
  private readonly fixed: DeviceBuffer[] = [];
  private readonly seed: Value;
  private readonly hasSeed: boolean;
  private program: Awaited<ReturnType<typeof compilePlan>> | null = null;

  constructor(executor: Executor, spec: OpSpec, sizes: Sizes, hasBackward = true) {
    this.executor = executor;
    this.memory = new GuardedMemory(executor);
    for (const [name, length] of Object.entries(spec.inputs(sizes))) {
      this.inputs[name] = this.graph.value(name, length);
    }
    const parameters: Record<string, Parameter> = {};
    for (const [name, length] of Object.entries(spec.parameters(sizes))) {
      const weight = executor.allocate(name, 'f32', length);
      const gradient = executor.allocate(`d ${name}`, 'f32', length);
      this.parameters[name] = { weight, gradient };
      parameters[name] = { weight: viewOf(weight), gradient: viewOf(gradient) };
    }
    const fixed: Record<string, Operand> = {};
    for (const [name, array] of Object.entries(spec.fixed?.(sizes) ?? {})) {
      const type =
        array instanceof Uint32Array ? 'u32' : array instanceof Int32Array ? 'i32' : 'f32';
      const buffer = executor.allocate(name, type, array.length);
      executor.write(buffer, array);
      this.fixed.push(buffer);
      fixed[name] = viewOf(buffer);
    }
    this.out = spec.build(this.graph, this.inputs, parameters, fixed, sizes);
    this.seed = this.graph.value('seed', this.out.length);
    this.hasSeed = hasBackward && spec.ownGradient === undefined;
    if (this.hasSeed) this.graph.seedGradient(this.out, this.seed);
    if (hasBackward) this.graph.backward();
  }

  async run(data: Data, times = 1): Promise<Outcome> {
    for (const [name, value] of Object.entries(this.inputs)) {
      this.memory.preset(value, this.round(data.inputs[name] ?? new Float64Array()));
    }
    if (this.hasSeed) this.memory.preset(this.seed, this.round(data.seed));
    for (const [name, { weight, gradient }] of Object.entries(this.parameters)) {
      this.executor.write(weight, this.round(data.parameters[name] ?? new Float64Array()));
      this.executor.write(gradient, new Float32Array(gradient.length));
    }
    this.program ??= await compilePlan('op', this.graph, this.executor, this.memory);
    for (let i = 0; i < times; i++) {
      this.memory.refillAll();
      this.executor.run(this.program.program);
    }
    const read = async (operand: Value | DeviceBuffer) => {
      const view = 'kind' in operand ? this.memory.viewOf(operand) : viewOf(operand);
      return this.executor instanceof CpuExecutor
        ? this.executor.numbers(view)
        : this.executor.readFloats(view);
    };
    const inputGradients: Record<string, ArrayLike<number>> = {};
    for (const [name, value] of Object.entries(this.inputs)) {
      const gradient = this.graph.gradientOf(value);
      if (gradient !== null) inputGradients[name] = await read(gradient);
    }
    const parameterGradients: Record<string, ArrayLike<number>> = {};
    for (const [name, { gradient }] of Object.entries(this.parameters)) {
      parameterGradients[name] = await read(gradient);
    }
    return { out: await read(this.out), inputGradients, parameterGradients };
  }

  destroy(): void {
    this.program?.program.destroy();
    this.memory.destroy();
    for (const { weight, gradient } of Object.values(this.parameters)) {
      this.executor.free(weight);
      this.executor.free(gradient);
    }
    for (const buffer of this.fixed) this.executor.free(buffer);
  }

  private round(data: Float64Array): Float32Array {
    const isOracle = this.executor instanceof CpuExecutor;
    return (isOracle ? data : new Float32Array(data)) as Float32Array;
  }
}

/** The dispatches that a case of the op makes, forward and backward. */
export function stepsOf(executor: Executor, spec: OpSpec, sizes: Sizes): Graph['steps'] {
  return new Bench(executor, spec, sizes).graph.steps;
}

/**
 * Everything an op promises, on one executor: values and gradients against float64, the float64
 * gradient against central differences, accumulation of parameter gradients, same bits twice,
 * nothing written outside, nothing left behind.
 */
export async function checkOp(executor: Executor, spec: OpSpec, opCase: OpCase): Promise<void> {
  const { sizes, fill = 'normal' } = opCase;
  const before = executor.memory().liveBytes;
  const bench = new Bench(executor, spec, sizes);
  const data = dataOf(spec, sizes, fill, bench.out.length);
  const got = await bench.run(data);
  const want = await wantedOf(spec, opCase, data);
  const tolerance = spec.tolerance(sizes);
  expectClose(got.out, want.out, tolerance, `${spec.name} output`);
  for (const [name, gradient] of Object.entries(want.inputGradients)) {
    expectClose(got.inputGradients[name], gradient, tolerance, `${spec.name} d${name}`);
  }
  for (const [name, gradient] of Object.entries(want.parameterGradients)) {
    expectClose(got.parameterGradients[name], gradient, tolerance, `${spec.name} d${name}`);
  }
  if (opCase.differences !== false) await checkDifferences(spec, sizes, data, want);
  await bench.memory.expectGuardsIntact();
  const again = await bench.run(data);
  expect(again, 'same bits on repeat').toEqual(got);
  const twice = await bench.run(data, 2);
  expect(twice.inputGradients, 'activation gradients overwrite').toEqual(got.inputGradients);
  for (const [name, gradient] of Object.entries(got.parameterGradients)) {
    const doubled = Array.from(gradient, (value) => 2 * value);
    expectClose(twice.parameterGradients[name], doubled, tolerance, `accumulated d${name}`);
  }
  bench.destroy();
  await executor.idle();
  expect(executor.memory().liveBytes, 'buffers left behind').toBe(before);
}

const wanted = new WeakMap<OpSpec, Map<string, Promise<Outcome>>>();

/** The case in float64: computed once, however many executors are held against it. */
function wantedOf(spec: OpSpec, { sizes, fill }: OpCase, data: Data): Promise<Outcome> {
  const known = wanted.get(spec) ?? new Map<string, Promise<Outcome>>();
  wanted.set(spec, known);
  const key = JSON.stringify([sizes, fill]);
  let outcome = known.get(key);
  if (outcome === undefined) {
    const oracle = new Bench(new CpuExecutor('f64'), spec, sizes);
    outcome = oracle.run(data).finally(() => {
      oracle.destroy();
    });
    known.set(key, outcome);
  }
  return outcome;
}

/** Worst violation of |got - want| <= absolute + relative |want|; NaN never passes. */
export function expectClose(
  got: ArrayLike<number> | undefined,
  want: ArrayLike<number>,
  { absolute, relative }: Tolerance,
  what: string,
): void {
  expect(got?.length, `${what}: length`).toBe(want.length);
  let worst = { ratio: 0, index: -1, got: 0, want: 0 };
  for (let i = 0; i < want.length; i++) {
    const value = got?.[i] ?? NaN;
    const wanted = want[i] ?? NaN;
    const error = Math.abs(value - wanted);
    const ratio = error === 0 ? 0 : error / (absolute + relative * Math.abs(wanted));
    if (!(ratio <= worst.ratio)) worst = { ratio, index: i, got: value, want: wanted };
    if (Number.isNaN(ratio)) break;
  }
  expect(worst.ratio, `${what}: worst ${JSON.stringify(worst)}`).toBeLessThanOrEqual(1);
}

/** Central differences of sum(out * seed) in float64 at a few elements of every tensor. */
async function checkDifferences(
  spec: OpSpec,
  sizes: Sizes,
  data: Data,
  outcome: Outcome,
): Promise<void> {
  const oracle = new Bench(new CpuExecutor('f64'), spec, sizes, false);
  const ownWeight = spec.ownGradient?.(sizes);
  const objective = async (): Promise<number> => {
    const { out } = await oracle.run(data);
    let sum = 0;
    for (let i = 0; i < out.length; i++) {
      sum += (out[i] ?? NaN) * (ownWeight ?? data.seed[i] ?? NaN);
    }
    return sum;
  };
  const tensors = [
    ...Object.entries(outcome.inputGradients).map(([k, g]) => [k, data.inputs[k], g] as const),
    ...Object.entries(outcome.parameterGradients).map(
      ([k, g]) => [k, data.parameters[k], g] as const,
    ),
  ];
  for (const [name, tensor, gradient] of tensors) {
    if (tensor === undefined) continue;
    const random = new RandomStream(23, name);
    const scale = Array.from(gradient).reduce((max, g) => Math.max(max, Math.abs(g)), 1);
    for (let draw = 0; draw < 4; draw++) {
      const i = random.nextInt(tensor.length);
      const x = tensor[i] ?? 0;
      const h = 1e-5 * Math.max(1, Math.abs(x));
      tensor[i] = x + h;
      const up = await objective();
      tensor[i] = x - h;
      const down = await objective();
      tensor[i] = x;
      const error = Math.abs((up - down) / (2 * h) - (gradient[i] ?? NaN));
      expect(error, `${spec.name} d${name}[${i}] by differences`).toBeLessThanOrEqual(1e-6 * scale);
    }
  }
  oracle.destroy();
}
