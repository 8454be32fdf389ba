import { AppError } from '../../core/errors.ts';
import { elementCount } from '../../core/layout.ts';
import { isReadable, type ReadableType } from '../../io/safetensors-decode.ts';
import {
  SECTION_ELEMENTS,
  type PassTable,
  type RangeForm,
  type SumPass,
  type WritePass,
} from '../range-form.ts';
import { gatheredInput, isAligned } from './aligned-tensor.ts';
import { PassSums } from './pass-sums.ts';
import type { RangeSession } from './range-session.ts';
import { widthOf, type CopyTask, type RangeDone, type RangeTask } from './range-task.ts';
import type { RangeCut, RangeWork } from './range-work.ts';

/** A range of one pass over one tensor. */
export interface Piece {
  readonly run: TensorRun;
  /** Its number in the pass. */
  readonly range: number;
  readonly first: number;
  /** Elements, or bytes of a copy. */
  readonly count: number;
}

let keys = 0;

/** One tensor on its way through its passes. */
export class TensorRun {
  readonly work: RangeWork;
  /** In the order of the result. */
  readonly index: number;
  /** True where all passes run in one lane, which keeps the operands. */
  isHeld = false;
  /** Values that are not finite, one number an operand. */
  readonly nonFinite: number[];
  readonly outside = { before: 0, after: 0 };
  /** By which lanes know what they hold: runs of several files share them. */
  private readonly key = ++keys;
  private readonly session: RangeSession;
  private readonly cut: RangeCut;
  private readonly elements: number;
  private passes: ReturnType<RangeForm['passes']> | null = null;
  private pass: SumPass | WritePass | null = null;
  private sums: PassSums | null = null;
  private counted: readonly number[] = [];
  /** Operands whose values have been looked at for what is not finite. */
  private readonly seen = new Set<number>();
  private unfinished = 0;

  constructor(work: RangeWork, index: number, session: RangeSession, cut: RangeCut) {
    this.work = work;
    this.index = index;
    this.session = session;
    this.cut = cut;
    this.elements = elementCount(work.shape);
    const operands = work.content.kind === 'copy' ? [] : work.content.operands;
    this.nonFinite = operands.map(() => 0);
    // Their tables have been looked at as a whole.
    operands.forEach((operand, k) => {
      if (isAligned(operand)) this.seen.add(k);
    });
  }

  get isDone(): boolean {
    return this.unfinished === 0 && this.pass?.kind !== 'sum';
  }

  get isBad(): boolean {
    return this.nonFinite.some((count) => count > 0);
  }

  /** The first pieces; @param isScan only looks for values that are not finite */
  async start(isScan: boolean): Promise<Piece[]> {
    const { content, sizeBytes, shape, name } = this.work;
    if (this.elements === 0) return [];
    if (content.kind === 'copy') {
      const most = Math.max(SECTION_ELEMENTS, Math.min(COPY_BYTES, this.cut.bytes));
      return isScan ? [] : this.cutInto(sizeBytes, most, 1);
    }
    const { elements } = this;
    if (isScan) return this.begin(null);
    const { listBytes } = this.cut;
    this.passes = content.form.passes({ name, shape, elements, listBytes });
    const first = await this.passes.next();
    this.isHeld = first.done !== true && elements * this.bytesAnElement() <= this.cut.heldBytes;
    return this.begin(first.value);
  }

  /** Takes what a piece left. Gives the pieces of the next pass when the last one is over. */
  async finish({ range }: Piece, done: RangeDone, isScan: boolean): Promise<Piece[]> {
    this.unfinished--;
    done.nonFinite.forEach((bad, k) => (this.nonFinite[k] = (this.nonFinite[k] ?? 0) + bad));
    this.outside.before += done.outside.before;
    this.outside.after += done.outside.after;
    this.sums?.add(range, done.sums);
    if (this.unfinished > 0 || this.pass?.kind !== 'sum') return [];
    if (isScan || this.passes === null) return this.begin(null);
    return this.begin((await this.passes.next(this.sums?.take() ?? {})).value);
  }

  /** What a lane has to do for a piece. */
  task({ first, count, range }: Piece, slot: number, isScan: boolean): RangeTask | CopyTask {
    const { content, file, position } = this.work;
    const at = (offset: number) => ({ file: file.number, position: position + offset });
    if (content.kind === 'copy') {
      const { source, start } = content.from;
      const input = { file: this.session.input(source), position: start + first };
      return { kind: 'copy', slot, input, output: at(first), bytes: count };
    }
    const pass = this.pass ?? SCAN;
    const section = pass.section ?? SECTION_ELEMENTS;
    const inputs = content.operands.map((operand) => {
      if (isAligned(operand)) {
        return gatheredInput(operand, [first, count], (source) => this.session.input(source));
      }
      const dtype = readable(operand.dtype);
      const offset = operand.start + first * widthOf(dtype);
      return { file: this.session.input(operand.source), position: offset, dtype };
    });
    const type = readable(this.work.dtype);
    const writes = pass.kind === 'write' && !isScan;
    const scan: SumPass = { ...SCAN, reads: this.counted };
    const sections: [number, number] = [first / section, Math.ceil((first + count) / section)];
    return {
      kind: 'pass',
      slot,
      held: this.isHeld && !isScan ? this.key : null,
      inputs,
      pass: isScan ? scan : range === 0 && this.isHeld ? pass : withRecords(pass, sections),
      counted: this.counted,
      first,
      elements: count,
      output: writes ? { ...at(first * widthOf(type)), dtype: type } : null,
    };
  }

  /** @param pass null: looks at what no pass has read yet */
  private begin(pass: SumPass | WritePass | null): Piece[] {
    const operands = this.nonFinite.map((_, k) => k);
    const unseen = operands.filter((k) => !this.seen.has(k));
    this.pass = pass;
    this.sums = pass?.kind === 'sum' ? new PassSums(pass) : null;
    const reads = pass?.reads ?? operands;
    const isSample = pass?.sample !== undefined;
    this.counted = isSample ? [] : unseen.filter((k) => reads.includes(k));
    for (const k of this.counted) this.seen.add(k);
    if (pass === null && this.counted.length === 0) return [];
    const { elements, cut } = this;
    if (this.isHeld) return this.cutInto(elements, elements, 1);
    const most = Math.min(cut.elements, Math.floor(cut.bytes / Math.max(1, this.bytesAnElement())));
    return this.cutInto(elements, most, pass?.section ?? SECTION_ELEMENTS);
  }

  /** Ranges of at most `most`, each a multiple of the section but for the last. */
  private cutInto(total: number, most: number, section: number): Piece[] {
    const step = Math.max(1, Math.floor(most / section)) * section;
    const pieces = Array.from({ length: Math.ceil(total / step) }, (_, range) => {
      const first = range * step;
      return { run: this, range, first, count: Math.min(step, total - first) };
    });
    this.unfinished = pieces.length;
    return pieces;
  }

  private bytesAnElement(): number {
    const { content } = this.work;
    if (content.kind === 'copy') return 0;
    return content.operands.reduce((sum, { dtype }) => sum + widthOf(readable(dtype)), 0);
  }
}

const COPY_BYTES = 8 * 2 ** 20;

/** Reads, and only counts. */
const SCAN: SumPass = { kind: 'sum', steps: [] };

/** The pass with the tables' records of its own sections only: they are sent with every range. */
function withRecords<P extends SumPass | WritePass>(pass: P, [first, end]: [number, number]): P {
  if (pass.tables === undefined) return pass;
  const cut = ({ values, perSection = 0 }: PassTable): PassTable =>
    perSection === 0
      ? { values }
      : { values: values.slice(first * perSection, end * perSection), perSection };
  const tables = Object.entries(pass.tables).map(([name, table]) => [name, cut(table)]);
  return { ...pass, tables: Object.fromEntries(tables) as Record<string, PassTable> };
}

function readable(dtype: string): ReadableType {
  if (isReadable(dtype)) return dtype;
  throw new AppError('internal', `Numbers of type ${dtype} cannot be merged.`);
}
