import { BLOCK_ELEMENTS, SECTION_ELEMENTS } from '../range-form.ts';
import type { BlockStep, PassTable, RangePass, SumSpec } from '../range-form.ts';
import { BLOCK_SIZE } from '../ties/blocks.ts';
import type { Part, PartPlaces } from './parts.ts';
import { boundValues, callOf, grainsCall, grainsName, valuesOf } from './calls.ts';
import { cutsOfModels, fusedDraws, fusedSum } from './fused-deltas.ts';
import { droppedFrom, keepCall, noteCall, noteSpec, type KeptElements } from './kept-elements.ts';
import type { ElementStep, RecordedBuffer, RecordedStep } from './recording.ts';
import { onlyOf, sampleOf } from './seen-blocks.ts';
import { Registers } from './registers.ts';
import type { End, PassShape, Scene } from './scene.ts';

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

export interface PlannedPass {
  readonly pass: RangePass;
  readonly shape: PassShape;
  /** Block of what the pass writes. */
  readonly result: number;
  /** Steps whose choice of elements the pass leaves among its sums. */
  readonly notes: ReadonlyMap<string, ElementStep>;
}

/** Elements of a section of rows: sorting them is what takes time, and all blocks stay in a cache. */
const ROW_SECTION_ELEMENTS = 16384;

/**
 * A pass with those of the recorded steps that its ends and its result depend on, in their order;
 * they are repeated in every pass that needs them.
 */
export function planPass(given: PassAim): PlannedPass {
  const { ends, replaced } = cutsOfModels(given);
  const aim = { ...given, ends };
  const { known, needed, shape } = chosenSteps(aim);
  const notes = new Map<string, ElementStep>();
  const registers = new Registers(aim.operands);
  const tables = new Map<string, PassTable>();
  const sums = new Map<string, SumSpec>();
  const calls: BlockStep[] = [];
  const segments = new Set<number>();
  const { part, places } = aim;
  const sample = sampleOf(aim);
  const scene: Scene = { registers, tables, part, places, replaced, segments, ...shape };
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
  const isDone = (step: ElementStep): boolean => known.has(step);
  // A sample sees but some of the elements.
  const isWhole = aim.result === null && sample === undefined;
  const note = (step: ElementStep, index: number): string => {
    const name = `kept ${index}`;
    notes.set(name, step);
    sums.set(name, noteSpec(shape.section));
    return name;
  };
  const mayNote = (step: ElementStep) => isWhole && aim.kept.mayNote(step, part, shape.section);
  const isOfGrains = shape.section === SECTION_ELEMENTS;
  const { draws, skipped } = fusedDraws(aim, needed, (step) => {
    return known.has(step) || !mayNote(step) || !isOfGrains;
  });
  const whole = isOfGrains ? fusedSum(aim, needed, isDone) : null;
  if (whole !== null && aim.result !== null) {
    touched.add(aim.result);
    calls.push(whole(scene, false));
  }
  aim.steps.forEach((step, index) => {
    if (whole !== null) return;
    const draw = draws.get(index);
    const end = aim.ends.get(index);
    if (end !== undefined) {
      for (const [name, spec] of Object.entries(end.sums(shape))) sums.set(name, spec);
      for (const [name, table] of Object.entries(end.tables ?? {})) tables.set(name, table);
    }
    if (draw !== undefined) calls.push(draw.call(note(draw.drop, index), scene));
    if (skipped.has(index)) return;
    if (needed.has(index) && step.kind === 'elements' && known.has(step)) {
      const buffer = droppedFrom(step);
      clear([buffer], []);
      const table = `kept ${index}`;
      tables.set(table, aim.kept.table(step, part, shape.section));
      calls.push(keepCall(table, { block: registers.of(buffer) }));
    } else if (needed.has(index) && step.kind === 'elements') {
      const { kernel, uniforms } = step;
      const anew = (kernel.overwrites?.(uniforms) ?? []).flatMap(
        (name) => step.bind.get(name) ?? [],
      );
      registers.widen(step);
      clear(valuesOf(step), anew);
      calls.push(callOf(step, scene));
      if (mayNote(step)) {
        calls.push(noteCall(note(step, index), { block: registers.of(droppedFrom(step)) }));
      }
    }
    if (end === undefined) return;
    clear(end.reads, []);
    calls.push(...end.calls(scene));
  });
  if (aim.result !== null) clear([aim.result], []);
  const length = 3 * shape.slots;
  for (const segment of segments) {
    sums.set(grainsName(segment), { type: 'u32', length, per: 'tensor' });
  }
  const after = [...ends.values()].flatMap((end) => end.after ?? []);
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
    ...(after.length > 0 && { after }),
    ...(whole !== null && { bf16Steps: [whole(scene, true)] }),
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
