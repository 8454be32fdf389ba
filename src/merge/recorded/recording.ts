import { ByteAccount, toView } from '../../compute/buffers.ts';
import type {
  AdapterProfile,
  BufferView,
  DeviceBuffer,
  Executor,
  HostArray,
  Program,
  Step,
} from '../../compute/executor.ts';
import type { ElementType, Uniforms } from '../../compute/kernel.ts';
import { AppError } from '../../core/errors.ts';
import { RANGED_KERNELS, SELECTION_KERNELS, type RangedKernel } from './ranged-kernels.ts';

/**
 * A buffer that need not exist. What holds one number an element is only ever there block by block;
 * tables are kept here.
 */
export class RecordedBuffer implements DeviceBuffer {
  readonly generation = 0;
  readonly label: string;
  readonly type: ElementType;
  readonly length: number;
  private data: HostArray | null = null;

  constructor(label: string, type: ElementType, length: number) {
    this.label = label;
    this.type = type;
    this.length = length;
  }

  /** Its content as a table. */
  get table(): HostArray {
    this.data ??=
      this.type === 'f32' ? new Float32Array(this.length) : new Uint32Array(this.length);
    return this.data;
  }
}

/** A step that works on every element. */
export interface ElementStep {
  readonly kind: 'elements';
  readonly kernel: RangedKernel;
  readonly name: string;
  readonly bind: ReadonlyMap<string, RecordedBuffer>;
  /** Parameters behind the bindings, in order, with their names. */
  readonly scalars: readonly (readonly [string, number])[];
  readonly uniforms: Uniforms;
}

/** A step that leaves numbers that the host or later steps look at. */
export interface SumStep extends Omit<ElementStep, 'kind'> {
  readonly kind: 'sums';
  isDone: boolean;
}

/** The steps that find one cut a segment. */
export interface SelectionStep {
  readonly kind: 'selection';
  readonly values: RecordedBuffer;
  readonly origin: RecordedBuffer;
  readonly cuts: RecordedBuffer;
  readonly blocks: RecordedBuffer;
  readonly firstCut: number;
  keepsTies: boolean;
  rescales: boolean;
  isDone: boolean;
}

export type RecordedStep = ElementStep | SumStep | SelectionStep;

/** Finishes all sums and selections that were recorded so far. */
export type Settle = () => Promise<void>;

/**
 * Stands in for an executor while a method is applied: it notes what the method would compute. What
 * the method reads back is found by passes over the ranges of its operands (`Settle`).
 */
export class RecordingExecutor implements Executor {
  readonly profile: AdapterProfile = {
    ...{ kind: 'cpu', name: 'ranges', isSoftware: true, vendor: '', architecture: '' },
    ...{ description: '', features: [], limits: {} },
  };
  readonly steps: RecordedStep[] = [];
  private readonly account = new ByteAccount();
  private readonly settle: Settle;

  constructor(settle: Settle) {
    this.settle = settle;
  }

  allocate(label: string, type: ElementType, length: number): RecordedBuffer {
    return new RecordedBuffer(label, type, length);
  }

  free(): void {
    // Nothing is held but tables, which go with the recording.
  }

  write(buffer: DeviceBuffer, data: HostArray, offset = 0): void {
    const own = recorded(buffer);
    if (this.steps.some((step) => looksAt(step, own))) {
      throw new AppError('internal', `"${own.label}" changes after a step that looks at it.`);
    }
    own.table.set(data, offset);
  }

  async read(target: BufferView | DeviceBuffer): Promise<HostArray> {
    await this.settle();
    const { buffer, offset, length } = toView(target);
    return recorded(buffer).table.slice(offset, offset + length);
  }

  async readFloats(target: BufferView | DeviceBuffer): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.read(target));
  }

  prepare(label: string, steps: readonly Step[]): Promise<Program> {
    const destroy = (): void => undefined;
    return Promise.resolve({ label, dispatches: steps.length, steps, destroy });
  }

  run(program: Program): void {
    for (const step of program.steps) this.record(step);
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  memory() {
    return this.account.report();
  }

  destroy(): void {
    this.steps.length = 0;
  }

  clear(): never {
    throw unrecorded('clear');
  }

  copy(): never {
    throw unrecorded('copy');
  }

  update(): never {
    throw unrecorded('update');
  }

  timeDispatches(): never {
    throw unrecorded('timeDispatches');
  }

  private record(step: Step): void {
    const { kernel, uniforms = {} } = step;
    if (SELECTION_KERNELS.has(kernel.name)) {
      this.recordSelection(kernel.name, step);
      return;
    }
    const ranged = RANGED_KERNELS.get(kernel.name);
    if (ranged === undefined) {
      throw new AppError('internal', `Kernel "${kernel.name}" does not go through ranges.`);
    }
    const bind = new Map(kernel.bindings.map(({ name }) => [name, boundTo(step, name)] as const));
    const scalars = kernel.uniforms.map(({ name, type }) => {
      const value = uniforms[name] ?? 0;
      return [name, type === 'f32' ? Math.fround(value) : value] as const;
    });
    const common = { kernel: ranged, name: kernel.name, bind, scalars, uniforms };
    const isSum = ranged.sumWords !== undefined || ranged.countsMajority === true;
    this.steps.push(
      isSum ? { kind: 'sums', isDone: false, ...common } : { kind: 'elements', ...common },
    );
  }

  private recordSelection(kernel: string, step: Step): void {
    const cuts = boundTo(step, 'cuts');
    const firstCut = step.uniforms?.['firstCut'] ?? 0;
    let selection = this.steps.find(
      (one): one is SelectionStep =>
        one.kind === 'selection' && one.cuts === cuts && one.firstCut === firstCut,
    );
    if (selection === undefined) {
      const [values, origin] = [boundTo(step, 'model'), boundTo(step, 'base')];
      const blocks = boundTo(step, 'blocks');
      selection = {
        kind: 'selection',
        ...{
          values,
          origin,
          cuts,
          blocks,
          firstCut,
          keepsTies: true,
          rescales: false,
          isDone: false,
        },
      };
      this.steps.push(selection);
    }
    if (kernel === 'ties_count_ties') selection.keepsTies = false;
    if (kernel === 'ties_segment_scales') selection.rescales = true;
  }
}

function looksAt(step: RecordedStep, buffer: RecordedBuffer): boolean {
  if (step.kind === 'selection') return step.cuts === buffer;
  return [...step.bind.values()].includes(buffer);
}

function boundTo({ bind, kernel }: Step, name: string): RecordedBuffer {
  const target = bind[name];
  if (target === undefined || 'buffer' in target) {
    throw new AppError('internal', `Kernel "${kernel.name}" binds no whole buffer to "${name}".`);
  }
  return recorded(target);
}

function recorded(buffer: DeviceBuffer): RecordedBuffer {
  if (buffer instanceof RecordedBuffer) return buffer;
  throw new AppError('stale-device', `Buffer "${buffer.label}" belongs to an executor.`);
}

function unrecorded(what: string): AppError {
  return new AppError('internal', `A method in ranges does not use "${what}".`);
}
