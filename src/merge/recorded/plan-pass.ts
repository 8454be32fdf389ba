import { AppError } from '../../core/errors.ts';
import { BLOCK_ELEMENTS, SECTION_ELEMENTS } from '../range-form.ts';
import type { BlockArgument, BlockStep, PassTable, RangePass, SumSpec } from '../range-form.ts';
import { BLOCK_SIZE } from '../ties/blocks.ts';
import type { Part, PartPlaces } from './parts.ts';
import type { BindingRole } from './ranged-kernels.ts';
import { droppedFrom, keepCall, noteCall, noteSpec, type KeptElements } from './kept-elements.ts';
import type { ElementStep, RecordedBuffer, RecordedStep, SumStep } from './recording.ts';
import { onlyOf, sampleOf } from './seen-blocks.ts';
import { isOfParts, Registers } from './registers.ts';

/** What a pass is planned for. */
export interface PassAim {
  readonly steps: readonly RecordedStep[];
  /** In the order of the blocks of a pass. */
  readonly operands: readonly RecordedBuffer[];
  readonly part: Part;
  readonly places: PartPlaces;
  /** What is done at the place of some steps, by their index: they leave sums. */
  readonly ends: ReadonlyMap<number, End>;
  /** What the pass writes; null where it only leaves sums. */
  readonly result: RecordedBuffer | null;
  readonly kept: KeptElements;
}

/** Buffers that an end looks at, and the calls that it makes of their blocks. */
export interface End {
  readonly reads: readonly RecordedBuffer[];
  readonly sums: (shape: PassShape) => Readonly<Record<string, SumSpec>>;
  readonly tables?: Readonly<Record<string, PassTable>>;
  /** Number of the only section, of `SECTION_ELEMENTS`, that it has to see. */
  readonly only?: number;
  /** Sees every so manieth block only (`RangePass.sample`). Either all ends of a pass do or none. */
  readonly sample?: number;
  readonly calls: (scene: Scene) => BlockStep[];
}

export interface PlannedPass {
  readonly pass: RangePass;
  readonly shape: PassShape;
  /** Block of what the pass writes. */
  readonly result: number;
  /** Steps whose choice of elements the pass leaves among its sums. */
  readonly notes: ReadonlyMap<string, ElementStep>;
}

export interface PassShape {
  readonly section: number;
  /** Grains of a block. */
  readonly slots: number;
}

/** What calls of a pass refer to. */
export interface Scene extends PassShape {
  readonly part: Part;
  readonly places: PartPlaces;
  readonly registers: Registers;
  readonly tables: Map<string, PassTable>;
  /** Segments whose block tables the calls look at. */
  readonly segments: Set<number>;
}

/** Elements of a section of rows: sorting them is what takes time, and all blocks stay in a cache. */
const ROW_SECTION_ELEMENTS = 16384;

/**
 * A pass with those of the recorded steps that its ends and its result depend on, in their order;
 * they are repeated in every pass that needs them.
 */
export function planPass(aim: PassAim): PlannedPass {
  const { known, needed, shape } = chosenSteps(aim);
  const notes = new Map<string, ElementStep>();
  const registers = new Registers(aim.operands);
  const tables = new Map<string, PassTable>();
  const sums = new Map<string, SumSpec>();
  const calls: BlockStep[] = [];
  const segments = new Set<number>();
  const { part, places } = aim;
  const sample = sampleOf(aim);
  const scene: Scene = { registers, tables, part, places, segments, ...shape };
  const touched = new Set<RecordedBuffer>(aim.operands);
  // What is read before it was written holds zeros.
  const clear = (buffers: readonly RecordedBuffer[], except: readonly RecordedBuffer[]) => {
    for (const buffer of buffers) {
      if (touched.has(buffer)) continue;
      touched.add(buffer);
      if (except.includes(buffer)) continue;
      const [block, parts] = [registers.of(buffer), registers.widthOf(buffer)];
      calls.push({ kernel: 'range_clear', arguments: [{ block }, 'count', parts] });
    }
  };
  aim.steps.forEach((step, index) => {
    if (needed.has(index) && step.kind === 'elements' && known.has(step)) {
      const buffer = droppedFrom(step);
      clear([buffer], []);
      const table = `kept ${index}`;
      tables.set(table, aim.kept.table(step, part, shape.section));
      calls.push(keepCall(table, { block: registers.of(buffer) }));
    } else if (needed.has(index) && step.kind === 'elements') {
      const { kernel, uniforms } = step;
      const whole = (kernel.overwrites?.(uniforms) ?? []).flatMap(
        (name) => step.bind.get(name) ?? [],
      );
      registers.widen(step);
      clear(valuesOf(step), whole);
      calls.push(callOf(step, scene));
      // A sample sees but some of the elements.
      const isWhole = aim.result === null && sample === undefined;
      if (isWhole && aim.kept.mayNote(step, part, shape.section)) {
        const name = `kept ${index}`;
        notes.set(name, step);
        sums.set(name, noteSpec(shape.section));
        calls.push(noteCall(name, { block: registers.of(droppedFrom(step)) }));
      }
    }
    const end = aim.ends.get(index);
    if (end === undefined) return;
    clear(end.reads, []);
    for (const [name, spec] of Object.entries(end.sums(shape))) sums.set(name, spec);
    for (const [name, table] of Object.entries(end.tables ?? {})) tables.set(name, table);
    calls.push(...end.calls(scene));
  });
  if (aim.result !== null) clear([aim.result], []);
  const length = 3 * shape.slots;
  for (const segment of segments) {
    sums.set(grainsName(segment), { type: 'u32', length, per: 'tensor' });
  }
  const result = aim.result === null ? 0 : registers.of(aim.result);
  const pass = {
    reads: aim.operands.flatMap((buffer, k) => (registers.isUsed(buffer) ? [k] : [])),
    section: shape.section,
    wholeSections: shape.slots > BLOCK_ELEMENTS / BLOCK_SIZE,
    ...onlyOf(aim, shape.section),
    ...(sample !== undefined && { sample }),
    scratch: registers.count - aim.operands.length,
    sums: Object.fromEntries(sums),
    tables: Object.fromEntries(tables),
    steps: [...[...segments].map((segment) => grainsCall(segment, scene)), ...calls],
  };
  return { pass, shape, result, notes };
}

/** What is done and in which sections; steps whose choice is known take it as it is. */
function chosenSteps(aim: PassAim) {
  const chosen = (known: ReadonlySet<ElementStep>) => {
    const needed = neededSteps(aim, known);
    return { known, needed, shape: shapeOf(aim, needed) };
  };
  const isKnown = (step: RecordedStep): step is ElementStep =>
    step.kind === 'elements' && aim.kept.has(step, aim.part);
  const first = chosen(new Set(aim.steps.filter(isKnown)));
  // Sections that do not begin with a word of bits.
  return first.shape.section % 32 === 0 ? first : chosen(new Set());
}

/** Address of the block table of a block, as kernels know it; it lies among the sums. */
export function grainsArgument(scene: Scene, blocks: RecordedBuffer): BlockArgument {
  const { segment } = scene.places.of(blocks, scene.part);
  scene.segments.add(segment);
  return { sums: grainsName(segment) };
}

function grainsName(segment: number): string {
  return `grains ${segment}`;
}

function grainsCall(segment: number, { slots, part }: Scene): BlockStep {
  return {
    kernel: 'range_grains',
    arguments: [{ sums: grainsName(segment) }, part.offset, 'first', 'count', segment, slots],
  };
}

/** Element steps that the ends and the result depend on, found from the last to the first. */
export function neededSteps(
  { steps, ends, result }: Pick<PassAim, 'steps' | 'ends' | 'result'>,
  known: ReadonlySet<ElementStep> = new Set(),
): ReadonlySet<number> {
  const live = new Set<RecordedBuffer>(result === null ? [] : [result]);
  const needed = new Set<number>();
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index];
    for (const buffer of ends.get(index)?.reads ?? []) live.add(buffer);
    if (step?.kind !== 'elements') continue;
    const written = step.kernel.writes.flatMap((name) => boundValues(step, name) ?? []);
    if (!written.some((buffer) => live.has(buffer))) continue;
    needed.add(index);
    const reads = known.has(step) ? [droppedFrom(step)] : valuesOf(step);
    const whole = step.kernel.overwrites?.(step.uniforms) ?? [];
    for (const name of whole) {
      const buffer = step.bind.get(name);
      // Bound twice it is an operand of its own, too.
      if (buffer !== undefined && reads.filter((one) => one === buffer).length === 1) {
        live.delete(buffer);
      }
    }
    for (const buffer of reads) {
      const isOnlyWritten = whole.some((name) => step.bind.get(name) === buffer);
      if (!isOnlyWritten || reads.filter((one) => one === buffer).length > 1) live.add(buffer);
    }
  }
  return needed;
}

/** Tables that a step looks at. */
export function tablesOf(step: ElementStep | SumStep): RecordedBuffer[] {
  return Object.entries(step.kernel.bindings).flatMap(([name, role]) =>
    role === 'table' ? (step.bind.get(name) ?? []) : [],
  );
}

/** Buffers with a number an element; what a kernel leaves alone is bound to a single one. */
export function valuesOf(step: ElementStep | SumStep): RecordedBuffer[] {
  return Object.keys(step.kernel.bindings).flatMap((name) => boundValues(step, name) ?? []);
}

function boundValues(step: ElementStep | SumStep, name: string): RecordedBuffer | null {
  const buffer = step.bind.get(name);
  return buffer !== undefined && isOfElements(step.kernel.bindings[name]) && buffer.length > 1
    ? buffer
    : null;
}

function isOfElements(role: BindingRole | undefined): boolean {
  return role === 'values' || role === 'placed' || isOfParts(role);
}

function shapeOf(aim: PassAim, needed: ReadonlySet<number>): PassShape {
  const needsRows = aim.steps.some(
    (step, index) =>
      needed.has(index) && step.kind === 'elements' && step.kernel.needsRows === true,
  );
  if (!needsRows) return { section: SECTION_ELEMENTS, slots: BLOCK_ELEMENTS / BLOCK_SIZE };
  const { shape, elements } = aim.part;
  // A row with everything below it.
  const rowElements = shape.length < 2 ? elements : elements / Math.max(1, shape[0] ?? 1);
  const rows = Math.max(1, Math.floor(ROW_SECTION_ELEMENTS / rowElements));
  // Grains begin where sections do: whole ones in a section are those of the whole tensor.
  const whole = Math.floor(rows / grainRows(rowElements)) * grainRows(rowElements);
  const section = Math.min((whole > 0 ? whole : rows) * rowElements, Math.max(1, elements));
  const slots = Math.max(Math.ceil(section / BLOCK_SIZE), BLOCK_ELEMENTS / BLOCK_SIZE + 1);
  return { section, slots };
}

/** Rows after which a grain ends where a row does. */
function grainRows(rowElements: number): number {
  let rows = 1;
  while ((rows * rowElements) % BLOCK_SIZE !== 0) rows *= 2;
  return rows;
}

const ELEMENT_BYTES: Readonly<Partial<Record<BindingRole, number>>> = {
  placed: 4,
  placedParts: 16,
};

/** The call of a kernel on one block, by one thread. */
export function callOf(
  step: ElementStep | SumStep,
  scene: Scene,
  replaced: Readonly<Record<string, BlockArgument>> = {},
): BlockStep {
  const { registers, tables, slots, part } = scene;
  const bindings = Object.entries(step.kernel.bindings).map(([name, role]): BlockArgument => {
    const given = replaced[name];
    const buffer = step.bind.get(name);
    if (given !== undefined) return given;
    if (buffer === undefined) throw new AppError('internal', `${step.name} lacks "${name}".`);
    if (role === 'grains') return grainsArgument(scene, buffer);
    if (role === 'table') return tableArgument(tables, buffer);
    if (role === 'sums' || role === 'unused' || buffer.length === 1) return 0;
    const block = registers.of(buffer);
    const bytes = ELEMENT_BYTES[role];
    return bytes === undefined ? { block } : { block, perElement: bytes, before: part.offset };
  });
  const scalars = step.scalars.map(([name, value]): BlockArgument => {
    const size = step.kernel.size[name];
    return size === undefined ? value : size === 'slots' ? slots : size;
  });
  return { kernel: step.name, arguments: [...bindings, ...scalars, 0, 1] };
}

/** Tables are named by what they are, and each is carried once. */
export function tableArgument(
  tables: Map<string, PassTable>,
  buffer: RecordedBuffer,
): { readonly table: string } {
  const values = buffer.table as Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  for (const [name, table] of tables) if (table.values === values) return { table: name };
  const name = `${buffer.label} ${tables.size}`;
  tables.set(name, { values });
  return { table: name };
}
