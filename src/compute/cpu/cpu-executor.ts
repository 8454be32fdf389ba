import { beat } from '../../core/beat.ts';
import { AppError } from '../../core/errors.ts';
import { nextTask } from '../../core/next-task.ts';
import { ByteAccount, checkRange, checkUpdate, resolveBindings, toView } from '../buffers.ts';
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
import { bindTwin } from './bind-twin.ts';

class CpuBuffer implements DeviceBuffer {
  readonly label: string;
  readonly type: ElementType;
  readonly length: number;
  readonly generation = 0;
  data: CpuArray | null;

  constructor(label: string, type: ElementType, data: CpuArray) {
    this.label = label;
    this.type = type;
    this.length = data.length;
    this.data = data;
  }
}

interface CpuProgram extends Program {
  steps: readonly Step[];
  calls: readonly (() => void)[];
}

const PROFILE: AdapterProfile = {
  kind: 'cpu',
  name: 'CPU (TypeScript)',
  isSoftware: true,
  vendor: '',
  architecture: 'javascript',
  description: 'reference twins in float32',
  features: [],
  limits: {},
};

/**
 * Runs the kernels' reference twins in float32: slow, but the page works where there is no WebGPU.
 * Everything happens at once when `run` is called; `idle` yields so that messages get through.
 */
export function createCpuExecutor(): Executor {
  return new CpuExecutor('f32');
}

/** Arrays behind the buffers; Float64Array only in the tests' oracle. */
type CpuArray = HostArray | Float64Array<ArrayBuffer>;

/** `f64` makes the same program the float64 oracle of the kernels' tests. */
export class CpuExecutor implements Executor {
  readonly profile = PROFILE;
  private readonly precision: 'f32' | 'f64';
  private readonly account = new ByteAccount();

  constructor(precision: 'f32' | 'f64') {
    this.precision = precision;
  }

  allocate(label: string, type: ElementType, length: number): DeviceBuffer {
    if (!Number.isInteger(length) || length <= 0) {
      throw new AppError('invalid-argument', `Buffer "${label}" needs a positive length.`);
    }
    try {
      const buffer = new CpuBuffer(label, type, newArray(type, length, this.precision));
      this.account.add(length * 4);
      return buffer;
    } catch (cause) {
      throw new AppError('gpu-out-of-memory', `No memory for "${label}" (${length * 4} bytes).`, {
        hint: 'Choose a smaller model or batch.',
        cause,
      });
    }
  }

  free(buffer: DeviceBuffer): void {
    this.dataOf(buffer);
    const own = this.own(buffer);
    own.data = null;
    this.account.remove(own.length * 4);
  }

  write(buffer: DeviceBuffer, data: CpuArray, offset = 0): void {
    checkRange({ buffer, offset, length: data.length });
    this.dataOf(buffer).set(data, offset);
  }

  clear(buffer: DeviceBuffer): void {
    this.dataOf(buffer).fill(0);
  }

  copy(source: BufferView, target: BufferView): void {
    checkRange(source);
    checkRange({ ...target, length: source.length });
    const from = this.dataOf(source.buffer).subarray(source.offset, source.offset + source.length);
    this.dataOf(target.buffer).set(from, target.offset);
  }

  async read(target: BufferView | DeviceBuffer): Promise<HostArray> {
    await this.idle();
    const data = this.numbers(target);
    return data instanceof Float64Array ? new Float32Array(data) : data;
  }

  /** A copy in the executor's own precision. */
  numbers(target: BufferView | DeviceBuffer): CpuArray {
    const view = checkRange(toView(target));
    return this.dataOf(view.buffer).slice(view.offset, view.offset + view.length);
  }

  async readFloats(target: BufferView | DeviceBuffer): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.read(target));
  }

  prepare(label: string, steps: readonly Step[]): Promise<Program> {
    const calls = steps.map((step) => this.bind(step));
    const program: CpuProgram = {
      label,
      dispatches: steps.length,
      steps,
      calls,
      destroy: () => undefined,
    };
    return Promise.resolve(program);
  }

  update(program: Program, steps: readonly Step[]): void {
    const own = program as CpuProgram;
    checkUpdate(own.label, own.steps, steps);
    own.steps = steps;
    own.calls = steps.map((step) => this.bind(step));
  }

  run(program: Program): void {
    for (const call of (program as CpuProgram).calls) {
      beat();
      call();
    }
  }

  async timeDispatches(program: Program, runs: number): Promise<DispatchTimes> {
    const { calls } = program as CpuProgram;
    const ms = calls.map(() => 0);
    for (let run = 0; run < runs; run++) {
      calls.forEach((call, index) => {
        const start = performance.now();
        call();
        ms[index] = (ms[index] ?? 0) + (performance.now() - start) / runs;
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
    // Memory belongs to the garbage collector.
  }

  private bind(step: Step): () => void {
    const arrays = resolveBindings(step).map(({ buffer, offset, length }) =>
      this.dataOf(buffer).subarray(offset, offset + length),
    );
    return bindTwin(step, arrays, this.precision === 'f32');
  }

  private own(buffer: DeviceBuffer): CpuBuffer {
    if (buffer instanceof CpuBuffer) return buffer;
    throw new AppError('stale-device', `Buffer "${buffer.label}" belongs to another executor.`);
  }

  private dataOf(buffer: DeviceBuffer): CpuArray {
    const { data } = this.own(buffer);
    if (data === null) throw new AppError('stale-device', `Buffer "${buffer.label}" was freed.`);
    return data;
  }
}

function newArray(type: ElementType, length: number, precision: 'f32' | 'f64'): CpuArray {
  switch (type) {
    case 'f32':
      return precision === 'f64' ? new Float64Array(length) : new Float32Array(length);
    case 'u32':
      return new Uint32Array(length);
    case 'i32':
      return new Int32Array(length);
  }
}
