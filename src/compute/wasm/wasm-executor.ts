import { beat } from '../../core/beat.ts';
import { AppError } from '../../core/errors.ts';
import { nextTask } from '../../core/next-task.ts';
import { ByteAccount, checkRange, checkUpdate, resolveBindings, toView } from '../buffers.ts';
import { bindTwin, twinUniforms } from '../cpu/bind-twin.ts';
import type {
  AdapterProfile,
  BufferView,
  DeviceBuffer,
  DispatchTimes,
  Executor,
  HostArray,
  MemoryReport,
  Program,
  Step,
} from '../executor.ts';
import type { ElementType } from '../kernel.ts';
import { bindCall, type KernelCall } from './calls.ts';
import type { WasmHeap } from './heap.ts';
import type { KernelInstance } from './instance.ts';
import type { PublishedCalls, ThreadTeam } from './thread-team.ts';

let generations = 0;

class WasmBuffer implements DeviceBuffer {
  readonly label: string;
  readonly type: ElementType;
  readonly length: number;
  readonly generation: number;
  readonly address: number;
  isFreed = false;

  constructor(
    address: number,
    label: string,
    type: ElementType,
    length: number,
    generation: number,
  ) {
    this.address = address;
    this.label = label;
    this.type = type;
    this.length = length;
    this.generation = generation;
  }
}

/** A step as this thread calls it, and how to bind it again after the memory has moved. */
interface WasmProgram extends Program {
  steps: readonly Step[];
  shared: PublishedCalls | null;
  calls: readonly (() => void)[];
  /** The memory that twins are bound to; growing unshared memory replaces it. */
  boundTo: ArrayBufferLike;
}

/** Kernels in WebAssembly SIMD, buffers in its memory; `createWasmExecutor` opens one. */
export class WasmExecutor implements Executor {
  readonly profile: AdapterProfile;
  private readonly heap: WasmHeap;
  private readonly instance: KernelInstance;
  private readonly team: ThreadTeam | null;
  private readonly account = new ByteAccount();
  private readonly generation = ++generations;
  private isDestroyed = false;

  constructor(
    heap: WasmHeap,
    instance: KernelInstance,
    team: ThreadTeam | null,
    profile: AdapterProfile,
  ) {
    this.heap = heap;
    this.instance = instance;
    this.team = team;
    this.profile = profile;
  }

  allocate(label: string, type: ElementType, length: number): DeviceBuffer {
    this.check();
    if (!Number.isInteger(length) || length <= 0) {
      throw new AppError('invalid-argument', `Buffer "${label}" needs a positive length.`);
    }
    const address = this.heap.allocate(label, length * 4);
    this.account.add(length * 4);
    return new WasmBuffer(address, label, type, length, this.generation);
  }

  free(buffer: DeviceBuffer): void {
    const own = this.own(buffer);
    own.isFreed = true;
    this.heap.free(own.address);
    this.account.remove(own.length * 4);
  }

  write(buffer: DeviceBuffer, data: HostArray, offset = 0): void {
    this.arrayOf(checkRange({ buffer, offset, length: data.length })).set(data);
  }

  clear(buffer: DeviceBuffer): void {
    this.check();
    this.arrayOf(toView(buffer)).fill(0);
  }

  copy(source: BufferView, target: BufferView): void {
    checkRange(source);
    const to = checkRange({ ...target, length: source.length });
    this.arrayOf(to).set(this.arrayOf(source));
  }

  async read(target: BufferView | DeviceBuffer): Promise<HostArray> {
    await this.idle();
    // slice() copies into memory of its own, also out of shared memory.
    return this.arrayOf(checkRange(toView(target))).slice();
  }

  async readFloats(target: BufferView | DeviceBuffer): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.read(target));
  }

  prepare(label: string, steps: readonly Step[]): Promise<Program> {
    this.check();
    const shared = this.team?.publish(steps.map((step) => this.callOf(step))) ?? null;
    const program: WasmProgram = {
      label,
      dispatches: steps.length,
      steps,
      shared,
      calls: this.bind(steps),
      boundTo: this.heap.memory.buffer,
      destroy: () => {
        if (shared !== null && !this.isDestroyed) this.heap.free(shared.address);
      },
    };
    return Promise.resolve(program);
  }

  update(program: Program, steps: readonly Step[]): void {
    this.check();
    const own = program as WasmProgram;
    checkUpdate(own.label, own.steps, steps);
    if (own.shared !== null && this.team !== null) {
      own.shared = this.team.publishAgain(
        own.shared,
        steps.map((step) => this.callOf(step)),
      );
    }
    own.steps = steps;
    own.calls = this.bind(steps);
    own.boundTo = this.heap.memory.buffer;
  }

  run(program: Program): void {
    this.execute(program as WasmProgram, null);
  }

  /** Each time ends when the last thread has done its share. */
  async timeDispatches(program: Program, runs: number): Promise<DispatchTimes> {
    const ms = program.steps.map(() => 0);
    for (let run = 0; run < runs; run++) {
      let start = performance.now();
      this.execute(program as WasmProgram, (index) => {
        const end = performance.now();
        ms[index] = (ms[index] ?? 0) + (end - start) / runs;
        start = end;
      });
      await this.idle();
    }
    return { method: 'wall-clock', ms };
  }

  /** A macrotask, not a microtask: messages ("stop") must be able to arrive. */
  idle(): Promise<void> {
    return nextTask();
  }

  memory(): MemoryReport {
    return this.account.report();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.team?.end();
  }

  private execute(program: WasmProgram, onDone: ((index: number) => void) | null): void {
    this.check();
    if (program.boundTo !== this.heap.memory.buffer) {
      program.calls = this.bind(program.steps);
      program.boundTo = this.heap.memory.buffer;
    }
    if (program.shared !== null && this.team !== null) {
      this.team.run(program.shared, program.calls, onDone);
      return;
    }
    program.calls.forEach((call, index) => {
      beat();
      call();
      onDone?.(index);
    });
  }

  private bind(steps: readonly Step[]): (() => void)[] {
    const parts = this.team?.size ?? 1;
    return steps.map((step) => {
      const call = this.callOf(step);
      if (call.place !== -1) return bindCall(call, this.instance.functions, 0, parts);
      const arrays = resolveBindings(step).map((view) => this.arrayOf(view));
      return bindTwin(step, arrays, true);
    });
  }

  /** Addresses, uniforms and constants in the order in which the kernel declares them. */
  private callOf(step: Step): KernelCall {
    const { kernel } = step;
    const addresses = resolveBindings(step).map(
      ({ buffer, offset }) => this.own(buffer).address + offset * 4,
    );
    const values = twinUniforms(step, true);
    const scalars = [...kernel.uniforms.map(({ name }) => name), ...(kernel.constants ?? [])];
    const parameters = [...addresses, ...scalars.map((name) => values[name] ?? 0)];
    return { place: this.instance.placeOf(kernel.name, parameters.length), parameters };
  }

  private arrayOf({ buffer, offset, length }: BufferView): HostArray {
    const start = this.own(buffer).address + offset * 4;
    // The DOM's types know no shared memory behind HostArray; every use here works on both.
    const memory = this.heap.memory.buffer;
    switch (buffer.type) {
      case 'f32':
        return new Float32Array(memory, start, length);
      case 'u32':
        return new Uint32Array(memory, start, length);
      case 'i32':
        return new Int32Array(memory, start, length);
    }
  }

  private own(buffer: DeviceBuffer): WasmBuffer {
    if (!(buffer instanceof WasmBuffer) || buffer.generation !== this.generation) {
      throw new AppError('stale-device', `Buffer "${buffer.label}" belongs to another executor.`);
    }
    if (buffer.isFreed) throw new AppError('stale-device', `Buffer "${buffer.label}" was freed.`);
    return buffer;
  }

  private check(): void {
    if (this.isDestroyed) throw new AppError('device-lost', 'The CPU executor was closed.');
  }
}
