import {
  viewOf,
  type BufferView,
  type DeviceBuffer,
  type Executor,
} from '../src/compute/executor.ts';
import { RandomStream } from '../src/core/rng.ts';
import { Graph, type Value } from '../src/nn/graph/graph.ts';
import { compilePlan, Workspace } from '../src/nn/graph/plan.ts';
import type { PreparedCase } from './suite.ts';

/** What a case builds its graph from: buffers that live as long as the case. */
export class GraphBench {
  readonly graph = new Graph();
  private readonly executor: Executor;
  private readonly workspace: Workspace;
  private readonly owned: DeviceBuffer[] = [];
  private readonly random = new RandomStream(1, 'bench graph');
  private readonly inputs: Value[] = [];

  constructor(executor: Executor) {
    this.executor = executor;
    this.workspace = new Workspace(executor);
  }

  /** An activation that is filled with random numbers before the first run. */
  input(label: string, length: number): Value {
    const value = this.graph.keep(this.graph.value(label, length));
    this.inputs.push(value);
    return value;
  }

  floats(label: string, data: Float32Array): BufferView {
    return this.upload(label, 'f32', data);
  }

  words(label: string, data: Uint32Array): BufferView {
    return this.upload(label, 'u32', data);
  }

  integers(label: string, data: Int32Array): BufferView {
    return this.upload(label, 'i32', data);
  }

  normals(length: number, deviation = 1): Float32Array {
    return Float32Array.from({ length }, () => deviation * this.random.nextNormal());
  }

  /**
   * @param out a value whose numbers must be finite after every round
   * @param amount units of work in one run
   */
  async prepared(out: Value, amount: number): Promise<PreparedCase> {
    const { executor, graph } = this;
    graph.keep(out);
    const plan = await compilePlan('bench', graph, executor, this.workspace);
    for (const value of this.inputs) {
      const view = plan.viewOf(value);
      executor.write(view.buffer, this.normals(value.length), view.offset);
    }
    const { buffer, offset } = plan.viewOf(out);
    const poison = new Float32Array(out.length).fill(Number.NaN);
    return {
      begin: async () => {
        executor.write(buffer, poison, offset);
        await executor.idle();
      },
      round: async (repeats) => {
        for (let i = 0; i < repeats; i++) executor.run(plan.program);
        await executor.idle();
        return repeats * amount;
      },
      end: async () => {
        const numbers = await executor.readFloats(plan.viewOf(out));
        if (!numbers.every(Number.isFinite)) throw new Error('the result is not all numbers');
      },
      dispose: () => {
        plan.program.destroy();
        this.workspace.destroy();
        for (const owned of this.owned) executor.free(owned);
      },
    };
  }

  private upload(
    label: string,
    type: 'f32' | 'u32' | 'i32',
    data: Float32Array | Uint32Array | Int32Array,
  ): BufferView {
    const buffer = this.executor.allocate(label, type, data.length);
    this.executor.write(buffer, data);
    this.owned.push(buffer);
    return viewOf(buffer);
  }
}
