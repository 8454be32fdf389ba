import { MAXIMUM_HEAP_BYTES, WasmHeap } from '../../compute/wasm/heap.ts';
import { AppError } from '../../core/errors.ts';
import { BLOCK_ELEMENTS, SECTION_ELEMENTS, type SumPass, type WritePass } from '../range-form.ts';
import { bindSteps, type BlockPlace, type BlockState } from './block-steps.ts';
import { widthOf, type CopyTask, type PassResult, type RangeTask } from './range-task.ts';

type WasmFunction = (...parameters: readonly number[]) => number;

/** Regions grow in such steps: tensors of about one size do not move them. */
const REGION_STEP = 65536;

/** A block of memory that only grows. */
interface Region {
  start: number;
  bytes: number;
}

/** What a slot keeps of a tensor between its passes. */
interface Slot {
  held: number | null;
  readonly loaded: Set<number>;
}

/**
 * The memory and the kernels of one thread. Bytes of operands are put into `inputView`s, `compute`
 * runs a pass over them, and the bytes of the result lie in `outputView`: nothing is copied.
 * Views end with the next call of `prepare`.
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

  get memoryBytes(): number {
    return this.heap.memory.buffer.byteLength;
  }

  /** Makes room for a task. Gives the operands that have to be read. */
  prepare(task: RangeTask | CopyTask): readonly number[] {
    if (task.kind === 'copy') {
      this.region(`output ${task.slot}`, task.bytes);
      this.slots.delete(task.slot);
      return [];
    }
    const slot = this.slotOf(task);
    const reads = readsOf(task).filter((k) => !slot.loaded.has(k));
    for (const k of reads) {
      this.region(inputName(task.slot, k), task.elements * widthOf(dtypeOf(task, k)));
      if (task.held !== null) slot.loaded.add(k);
    }
    if (task.output !== null) {
      this.region(`output ${task.slot}`, task.elements * widthOf(task.output.dtype));
    }
    return reads;
  }

  /** Where the bytes of an operand go. */
  inputView(task: RangeTask, k: number): Uint8Array<ArrayBuffer> {
    return this.view(inputName(task.slot, k), task.elements * widthOf(dtypeOf(task, k)));
  }

  /** Where the bytes of the result are, and where those that are copied go. */
  outputView(task: RangeTask | CopyTask): Uint8Array<ArrayBuffer> {
    const bytes =
      task.kind === 'copy'
        ? task.bytes
        : task.elements * (task.output === null ? 0 : widthOf(task.output.dtype));
    return this.view(`output ${task.slot}`, bytes);
  }

  /** Runs the pass over bytes that are all there. */
  compute(task: RangeTask): PassResult {
    const { pass, elements, inputs, output } = task;
    const section = pass.section ?? SECTION_ELEMENTS;
    const blockElements = pass.wholeSections === true ? section : BLOCK_ELEMENTS;
    const count = inputs.length + (pass.scratch ?? 0);
    const stride = Math.ceil((Math.min(blockElements, elements) * 4) / 64 + 1) * 64;
    const blocks = this.region('blocks', count * stride);
    const sums = this.sumsOf(pass, Math.ceil(elements / section));
    const tables = this.tablesOf(pass);
    const state: BlockState = { block: (k) => blocks + k * stride, sums: sums.at, tables };
    const steps = bindSteps(pass.steps, (name) => this.functionOf(name), state);
    const reads = readsOf(task).map((k) => {
      const type = dtypeOf(task, k);
      const decode = this.functionOf(`range_decode_${type.toLowerCase()}`);
      return { k, decode, from: this.region(inputName(task.slot, k), 0), width: widthOf(type) };
    });
    const encode =
      output === null ? null : this.functionOf(`range_encode_${output.dtype.toLowerCase()}`);
    const to = output === null ? 0 : this.region(`output ${task.slot}`, 0);
    const written = output === null ? 0 : widthOf(output.dtype);
    const result = pass.kind === 'write' ? blocks + pass.result * stride : 0;
    const nonFinite = inputs.map(() => 0);
    const outside = { before: 0, after: 0 };
    const countBad = this.functionOf('range_non_finite');
    for (let done = 0; done < elements;) {
      const place = placeOf(task.first + done, section, blockElements, elements - done);
      for (const { k, decode, from, width } of reads) {
        const bad = decode(blocks + k * stride, from + done * width, place.count);
        if (bad > 0) nonFinite[k] = (nonFinite[k] ?? 0) + bad;
      }
      steps(place);
      if (encode !== null) {
        const bad = encode(to + done * written, result, place.count);
        if (bad > 0) {
          outside.after += bad;
          outside.before += countBad(result, place.count);
        }
      }
      done += place.count;
    }
    return {
      nonFinite: nonFinite.map((bad, k) => (task.counted.includes(k) ? bad : 0)),
      outside,
      sums: pass.kind === 'sum' ? sums.take() : {},
    };
  }

  /** Room for the sums of a pass, all zero. */
  private sumsOf(pass: SumPass | WritePass, sections: number) {
    const places = Object.entries(pass.sums ?? {}).map(([name, { type, length, per }]) => {
      const width = type === 'u32' ? 4 : 8;
      const isOfRange = type === 'u32' && per === 'tensor';
      const total = length * (isOfRange ? 1 : sections);
      const start = this.region(`sums ${name}`, total * width);
      new Uint8Array(this.heap.memory.buffer, start, total * width).fill(0);
      return { name, type, start, total, step: isOfRange ? 0 : length * width };
    });
    const at = new Map(places.map(({ name, start, step }) => [name, { start, step }]));
    const take = (): PassResult['sums'] =>
      Object.fromEntries(
        places.map(({ name, type, start, total }) => {
          const { buffer } = this.heap.memory;
          const sums =
            type === 'u32'
              ? new Uint32Array(buffer, start, total).slice()
              : new Float64Array(buffer, start, total).slice();
          return [name, sums];
        }),
      );
    return { at, take };
  }

  private tablesOf({ tables = {} }: SumPass | WritePass): BlockState['tables'] {
    const found = new Map<
      string,
      { start: number; step: number; table: (typeof tables)[string] }
    >();
    for (const [name, table] of Object.entries(tables)) {
      const { values, perSection = 0 } = table;
      const start = this.region(`table ${name}`, values.byteLength);
      found.set(name, { start, step: perSection * values.BYTES_PER_ELEMENT, table });
    }
    for (const { start, table } of found.values()) {
      const { buffer, byteOffset, byteLength } = table.values;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      new Uint8Array(this.heap.memory.buffer, start, byteLength).set(bytes);
    }
    return found;
  }

  private slotOf({ slot, held }: RangeTask): Slot {
    const found = this.slots.get(slot);
    if (found !== undefined && found.held === held && held !== null) return found;
    const fresh: Slot = { held, loaded: new Set() };
    this.slots.set(slot, fresh);
    return fresh;
  }

  /** Start of a region of at least so many bytes; what it held is lost when it grows. */
  private region(name: string, bytes: number): number {
    const found = this.regions.get(name);
    if (found !== undefined && found.bytes >= bytes) return found.start;
    if (found !== undefined) this.heap.free(found.start);
    this.regions.delete(name);
    const room = Math.ceil(Math.max(bytes, 1) / REGION_STEP) * REGION_STEP;
    const start = this.heap.allocate(name, room);
    this.regions.set(name, { start, bytes: room });
    return start;
  }

  private view(name: string, bytes: number): Uint8Array<ArrayBuffer> {
    const region = this.regions.get(name);
    if (region === undefined || region.bytes < bytes) {
      throw new AppError('internal', `No room was made for "${name}" of a range.`);
    }
    return new Uint8Array(this.heap.memory.buffer, region.start, bytes);
  }

  private functionOf(name: string): WasmFunction {
    const found = this.exports[name];
    if (typeof found === 'function') return found as WasmFunction;
    throw new AppError('internal', `The WebAssembly module lacks "${name}".`);
  }
}

/** The block that starts at an element: it ends with its section, or when it is full. */
function placeOf(first: number, section: number, most: number, rest: number): BlockPlace {
  const number = Math.floor(first / section);
  const within = first - number * section;
  return { first, within, section: number, count: Math.min(most, section - within, rest) };
}

function readsOf({ pass, inputs }: RangeTask): readonly number[] {
  return pass.reads ?? inputs.map((_, k) => k);
}

function dtypeOf({ inputs }: RangeTask, k: number) {
  const input = inputs[k];
  if (input === undefined) throw new AppError('internal', `A range has no operand ${k}.`);
  return input.dtype;
}

function inputName(slot: number, k: number): string {
  return `input ${slot}.${k}`;
}
