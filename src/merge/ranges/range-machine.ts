import { MAXIMUM_HEAP_BYTES, WasmHeap } from '../../compute/wasm/heap.ts';
import { AppError } from '../../core/errors.ts';
import { RangePassRun } from './range-pass-run.ts';
import type { CopyTask, RangeTask } from './range-task.ts';

export type WasmFunction = (...parameters: readonly number[]) => number;

/** Regions grow in such steps: tensors of about one size do not move them. */
const REGION_STEP = 65536;

/** A block of memory that only grows. */
interface Region {
  start: number;
  bytes: number;
}

/** What a slot keeps of a tensor between its passes. */
interface Slot {
  readonly held: number | null;
  readonly loaded: Set<number>;
}

/**
 * The memory and the kernels of one thread. Views of it end when it grows, which only `begin` and
 * `copyView` let happen.
 */
export class RangeMachine {
  private readonly heap: WasmHeap;
  private readonly exports: WebAssembly.Exports;
  private readonly regions = new Map<string, Region>();
  private readonly slots = new Map<number, Slot>();

  constructor(module: WebAssembly.Module) {
    this.heap = new WasmHeap(
      new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_HEAP_BYTES / 65536 }),
    );
    this.exports = new WebAssembly.Instance(module, { env: { memory: this.heap.memory } }).exports;
    const bytes = this.functionOf('scratchBytes')();
    this.functionOf('setScratch')(this.heap.allocate('scratch', bytes), bytes);
  }

  get buffer(): ArrayBuffer {
    return this.heap.memory.buffer as ArrayBuffer;
  }

  get memoryBytes(): number {
    return this.buffer.byteLength;
  }

  /**
   * Begins a pass over a range.
   * @param tile most elements that lie in memory at a time; those of a held tensor lie there anyway
   */
  begin(task: RangeTask, tile: number): RangePassRun {
    const slot = this.slotOf(task);
    const reads = (task.pass.reads ?? task.inputs.map((_, k) => k)).filter(
      (k) => !slot.loaded.has(k),
    );
    if (task.held !== null) for (const k of reads) slot.loaded.add(k);
    return new RangePassRun(this, task, reads, task.held === null ? tile : Infinity);
  }

  /** Where bytes go that are only copied. */
  copyView({ slot }: CopyTask, bytes: number): Uint8Array<ArrayBuffer> {
    const start = this.region(`output ${slot}`, bytes);
    return new Uint8Array(this.buffer, start, bytes);
  }

  /** Start of a region of at least so many bytes; what it held is lost when it grows. */
  region(name: string, bytes: number): number {
    const found = this.regions.get(name);
    if (found !== undefined && found.bytes >= bytes) return found.start;
    if (found !== undefined) this.heap.free(found.start);
    this.regions.delete(name);
    const room = Math.ceil(Math.max(bytes, 1) / REGION_STEP) * REGION_STEP;
    const start = this.heap.allocate(name, room);
    this.regions.set(name, { start, bytes: room });
    return start;
  }

  /** @errors internal when `wasm/` has no such function */
  functionOf(name: string): WasmFunction {
    const found = this.exports[name];
    if (typeof found === 'function') return found as WasmFunction;
    throw new AppError('internal', `The WebAssembly module lacks "${name}".`);
  }

  private slotOf({ slot, held }: RangeTask): Slot {
    const found = this.slots.get(slot);
    if (found !== undefined && found.held === held && held !== null) return found;
    const fresh: Slot = { held, loaded: new Set() };
    this.slots.set(slot, fresh);
    return fresh;
  }
}
