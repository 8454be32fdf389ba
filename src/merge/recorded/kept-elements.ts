import { AppError } from '../../core/errors.ts';
import type { BlockArgument, BlockStep, PassTable, SumSpec, SumValues } from '../range-form.ts';
import type { Part } from './parts.ts';
import type { ElementStep, RecordedBuffer } from './recording.ts';

/** Bits of a word. */
const WORD = 32;
/** 128 MB: what goes beyond is chosen again. */
const MOST_WORDS = 2 ** 25;

/**
 * Which elements of a part a step has left as they are, one bit each. To choose by chance takes
 * longer than everything else of a pass, and ranking a row several times as long: a pass that only
 * sums leaves the bits, those after it take them.
 */
export class KeptElements {
  private readonly found = new Map<ElementStep, Map<Part, Uint32Array<ArrayBuffer>>>();
  private words = 0;

  has(step: ElementStep, part: Part): boolean {
    return this.found.get(step)?.has(part) === true;
  }

  /** True where a pass with such sections should leave the bits. */
  mayNote(step: ElementStep, part: Part, section: number): boolean {
    if (step.kernel.drops?.(step.uniforms) !== true || this.has(step, part)) return false;
    return section % WORD === 0 && this.words + part.elements / WORD <= MOST_WORDS;
  }

  put(step: ElementStep, part: Part, values: SumValues): void {
    const parts = this.found.get(step) ?? new Map<Part, Uint32Array<ArrayBuffer>>();
    const bits = values instanceof Uint32Array ? values : new Uint32Array(values);
    this.found.set(step, parts.set(part, bits as Uint32Array<ArrayBuffer>));
    this.words += values.length;
  }

  /** The bits by sections, whatever sections they were found in. */
  table(step: ElementStep, part: Part, section: number): PassTable {
    const bits = this.found.get(step)?.get(part);
    if (bits === undefined || section % WORD !== 0) {
      throw new AppError('internal', `What "${step.name}" keeps is not known.`);
    }
    const perSection = section / WORD;
    const length = Math.ceil(part.elements / section) * perSection;
    if (bits.length === length) return { values: bits, perSection };
    const values = new Uint32Array(length);
    values.set(bits.subarray(0, length));
    return { values, perSection };
  }
}

/** What the step changes. */
export function droppedFrom({ kernel, bind, name }: ElementStep): RecordedBuffer {
  const buffer = bind.get(kernel.writes[0] ?? '');
  if (buffer !== undefined) return buffer;
  throw new AppError('internal', `"${name}" drops no elements.`);
}

export function noteSpec(section: number): SumSpec {
  return { type: 'u32', length: section / WORD, per: 'section' };
}

/** Leaves the bits: of what was dropped nothing is there, and zeros may go or stay. */
export function noteCall(name: string, block: BlockArgument): BlockStep {
  return { kernel: 'range_note_kept', arguments: [{ sums: name }, block, 'count', 'within'] };
}

export function keepCall(table: string, block: BlockArgument): BlockStep {
  return { kernel: 'range_keep_noted', arguments: [block, { table }, 'count', 'within'] };
}
