import { AppError } from '../../core/errors.ts';
import { BLOCK_ELEMENTS, SECTION_ELEMENTS, type BlockStep } from '../range-form.ts';
import { runBlocks, type BlockRead, type BlockWrite } from './block-loop.ts';
import { bindSteps, type BlockPlace, type BlockState } from './block-steps.ts';
import type { RangeMemory } from './range-memory.ts';
import { RowGather } from './row-gather.ts';
import { widthOf, type PassResult, type RangeTask } from './range-task.ts';

/** Elements of a range that are read, merged and written at a time; `start` counts from its first. */
export interface Tile {
  readonly start: number;
  readonly count: number;
}

/**
 * One pass over one range. For every tile, bytes of operands are put into `input`, `compute` runs
 * the pass over them, and the bytes of the result lie in `output`: nothing is copied.
 */
export class RangePassRun {
  readonly tiles: readonly Tile[];
  /** Operands that have to be read; the others lie there already. */
  readonly reads: readonly number[];
  private readonly memory: RangeMemory;
  private readonly task: RangeTask;
  private readonly section: number;
  private readonly nonFinite: number[];
  private readonly outside = { before: 0, after: 0 };
  private readonly sums: readonly SumPlace[];
  private readonly tables: BlockState['tables'];

  constructor(memory: RangeMemory, task: RangeTask, reads: readonly number[], most: number) {
    const { pass, elements, inputs, slot, output } = task;
    this.memory = memory;
    this.task = task;
    this.reads = reads;
    this.section = pass.section ?? SECTION_ELEMENTS;
    // What stays for later passes, or is looked at for the first time, is needed as a whole.
    const isWhole = task.counted.length > 0 || (task.held !== null && reads.length > 0);
    const isSample = pass.sample !== undefined && !isWhole;
    const whole = Math.max(1, Math.floor(most / this.section)) * this.section;
    const step = Math.min(elements, isSample ? this.blockElements : whole);
    const tiles = Array.from({ length: Math.ceil(elements / step) }, (_, tile) => {
      const start = tile * step;
      return { start, count: Math.min(step, elements - start) };
    });
    const wanted = isWhole ? tiles : tiles.filter((tile) => this.matters(tile));
    this.tiles = wanted.length > 0 ? wanted : tiles.slice(0, 1);
    this.nonFinite = inputs.map(() => 0);
    const room = task.held === null ? step : elements;
    for (const k of reads) {
      memory.region(inputName(slot, k), room * widthOf(this.dtypeOf(k)));
    }
    if (output !== null) memory.region(outputName(slot), step * widthOf(output.dtype));
    const stride = this.blockStride;
    memory.region('blocks', (inputs.length + (pass.scratch ?? 0)) * stride);
    this.sums = sumsOf(task, Math.ceil(elements / this.section));
    for (const { name, bytes } of this.sums) memory.region(name, bytes);
    const tables = Object.entries(pass.tables ?? {});
    for (const [name, { values }] of tables) {
      memory.region(tableName(slot, name), values.byteLength);
    }
    // All room is made: from here on addresses stay.
    for (const { name, bytes, isList } of this.sums) {
      new Uint8Array(memory.buffer, memory.region(name, 0), isList ? 4 : bytes).fill(0);
    }
    this.tables = new Map(
      tables.map(([name, table]) => {
        const { values, perSection = 0 } = table;
        const start = memory.region(tableName(slot, name), 0);
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        new Uint8Array(memory.buffer, start, values.byteLength).set(bytes);
        return [name, { start, step: perSection * values.BYTES_PER_ELEMENT, table }];
      }),
    );
  }

  /** How an operand is gathered whose bytes lie in several places; null where they do not. */
  gather(k: number, { start, count }: Tile): RowGather | null {
    const { slot, first, inputs } = this.task;
    const input = inputs[k];
    if (input === undefined || !('gathered' in input)) return null;
    const to = this.inputAt(k, { start, count });
    return new RowGather(this.memory, slot, input, [first + start, count], to);
  }

  /** Where the bytes of an operand go. */
  input(k: number, tile: Tile): Uint8Array<ArrayBuffer> {
    const bytes = tile.count * widthOf(this.dtypeOf(k));
    return new Uint8Array(this.memory.buffer, this.inputAt(k, tile), bytes);
  }

  /** The bytes of the result; none where the pass writes nothing. */
  output({ count }: Tile): Uint8Array<ArrayBuffer> {
    const { output, slot } = this.task;
    const bytes = output === null ? 0 : count * widthOf(output.dtype);
    return new Uint8Array(this.memory.buffer, this.memory.region(outputName(slot), 0), bytes);
  }

  /** Runs the pass over a tile whose bytes are all there. */
  compute(tile: Tile): void {
    const { memory, task, section, blockStride: stride } = this;
    const { pass, inputs } = task;
    const blocks = memory.region('blocks', 0);
    const wanted = pass.reads ?? inputs.map((_, k) => k);
    const isHalf = (k: number): boolean => this.dtypeOf(k) === 'BF16';
    const halves = task.counted.length === 0 && wanted.every(isHalf) ? pass.bf16Steps : undefined;
    const steps = this.bound(halves ?? pass.steps, tile);
    const decoded = halves === undefined ? wanted : [];
    const reads = decoded.map((operand): BlockRead => {
      const type = this.dtypeOf(operand);
      const decode = memory.functionOf(`range_decode_${type.toLowerCase()}`);
      const [to, from] = [blocks + operand * stride, this.inputAt(operand, tile)];
      return { operand, decode, to, from, width: widthOf(type) };
    });
    const result = pass.kind === 'write' ? blocks + pass.result * stride : 0;
    runBlocks({
      ...{ first: task.first + tile.start, count: tile.count, section },
      most: this.blockElements,
      only: task.counted.length > 0 ? null : (pass.only ?? null),
      sample: pass.sample ?? 1,
      ...{ reads, steps, write: this.blockWrite(result) },
      bad: { operands: this.nonFinite, outside: this.outside },
    });
  }

  private bound(steps: readonly BlockStep[], tile: Tile): (place: BlockPlace) => void {
    const { memory, task, section, blockStride: stride } = this;
    const blocks = memory.region('blocks', 0);
    const sums = this.sums.map(({ key, name, step, width }) => {
      return [key, { start: memory.region(name, 0), step, width }] as const;
    });
    return bindSteps(steps, (name) => memory.functionOf(name), {
      block: (k) => blocks + k * stride,
      halves: (k) => ({ start: this.inputAt(k, tile), first: task.first + tile.start }),
      sums: new Map(sums),
      tables: this.tables,
      firstSection: Math.floor(task.first / section),
    });
  }

  private blockWrite(from: number): BlockWrite | null {
    const { memory, task } = this;
    if (task.output === null) return null;
    const { dtype } = task.output;
    return {
      encode: memory.functionOf(`range_encode_${dtype.toLowerCase()}`),
      nonFinite: memory.functionOf('range_non_finite'),
      ...{ from, to: memory.region(outputName(task.slot), 0), width: widthOf(dtype) },
    };
  }

  /** True where some of its sections do. */
  private matters({ start, count }: Tile): boolean {
    const { task, section } = this;
    const { only, sample } = task.pass;
    if (sample !== undefined && !this.isSampled(task.first + start)) return false;
    if (only === undefined) return true;
    const first = Math.floor((task.first + start) / section);
    const end = Math.ceil((task.first + start + count) / section);
    return [...only].some((number) => number >= first && number < end);
  }

  /** True for all blocks, unless the pass looks at some of them only. */
  private isSampled(first: number): boolean {
    const { sample } = this.task.pass;
    return sample === undefined || Math.floor(first / this.blockElements) % sample === 0;
  }

  /** After the last tile. */
  result(): PassResult {
    const { counted, pass, first, elements } = this.task;
    if (pass.after !== undefined) {
      const section = Math.floor(first / this.section);
      this.bound(pass.after, { start: 0, count: elements })({
        first,
        section,
        within: 0,
        count: elements,
      });
    }
    const sums = this.sums.map(({ key, name, type, isList, length: room }) => {
      const start = this.memory.region(name, 0);
      const { buffer } = this.memory;
      const used = isList ? 1 + (new Uint32Array(buffer, start, 1)[0] ?? 0) : room;
      const length = Math.min(used, room);
      return [
        key,
        type === 'u32'
          ? new Uint32Array(buffer, start, length).slice()
          : new Float64Array(buffer, start, length).slice(),
      ] as const;
    });
    return {
      nonFinite: this.nonFinite.map((bad, k) => (counted.includes(k) ? bad : 0)),
      outside: { ...this.outside },
      sums: pass.kind === 'sum' ? Object.fromEntries(sums) : {},
    };
  }

  /** Tiles of a held tensor lie one after the other, those of others in one place. */
  private inputAt(k: number, { start }: Tile): number {
    const { slot, held } = this.task;
    const offset = held === null ? 0 : start * widthOf(this.dtypeOf(k));
    return this.memory.region(inputName(slot, k), 0) + offset;
  }

  private get blockElements(): number {
    return this.task.pass.wholeSections === true ? this.section : BLOCK_ELEMENTS;
  }

  /** Bytes from one block to the next: room for whole vectors. */
  private get blockStride(): number {
    const most = Math.min(this.blockElements, this.task.elements);
    return Math.ceil((most * 4) / 64 + 1) * 64;
  }

  private dtypeOf(k: number) {
    const input = this.task.inputs[k];
    if (input === undefined) throw new AppError('internal', `A range has no operand ${k}.`);
    return input.dtype;
  }
}

/** Where sums of a pass lie; `step` bytes on with every section. */
interface SumPlace {
  readonly key: string;
  /** Of the region. */
  readonly name: string;
  readonly type: 'u32' | 'f64';
  readonly isList: boolean;
  readonly length: number;
  readonly bytes: number;
  /** Of a number. */
  readonly width: number;
  readonly step: number;
}

function sumsOf({ pass, slot }: RangeTask, sections: number): SumPlace[] {
  return Object.entries(pass.sums ?? {}).map(([key, { type, length: one, per, combine }]) => {
    const width = type === 'u32' ? 4 : 8;
    const isOfRange = type === 'u32' && per === 'tensor';
    const length = one * (isOfRange ? 1 : sections);
    const step = isOfRange ? 0 : one * width;
    const isList = combine === 'list';
    const name = `sums ${slot} ${key}`;
    return { key, name, type, isList, length, bytes: length * width, width, step };
  });
}

function inputName(slot: number, k: number): string {
  return `input ${slot}.${k}`;
}

function outputName(slot: number): string {
  return `output ${slot}`;
}

function tableName(slot: number, name: string): string {
  return `table ${slot} ${name}`;
}
