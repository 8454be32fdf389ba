import { GRAIN_ELEMENTS, type RangeSums, type SumValues } from '../range-form.ts';
import { callOf, tableArgument, valuesOf } from './calls.ts';
import type { End, PassShape } from './scene.ts';
import type { PartPlace } from './parts.ts';
import type { RecordedBuffer, SumStep } from './recording.ts';

/** How a recorded sum is found by a pass, under a name of its own. */
export function sumEnd(step: SumStep, name: string): End {
  const { sumWords = 0, countsMajority } = step.kernel;
  const reads = valuesOf(step);
  if (countsMajority !== true) {
    return {
      reads,
      ...(step.kernel.onlySizes === true && { sizes: name }),
      sums: (shape) => ({
        [name]: { type: 'u32', length: grainsOf(shape) * sumWords, per: 'section' },
      }),
      calls: (scene) => [callOf(step, scene, { sums: { sums: name, perGrain: 4 * sumWords } })],
    };
  }
  const cuts = bound(step, 'cuts');
  const words = cuts === undefined ? 0 : cuts.length - 1;
  return {
    reads,
    sums: () => ({ [name]: { type: 'u32', length: words + 1, per: 'tensor' } }),
    // The kernel counts in the word behind the cuts, which are laid before it for every block.
    calls: (scene) => [
      {
        kernel: 'range_copy_words',
        arguments: [
          { sums: name },
          cuts === undefined ? 0 : tableArgument(scene.tables, cuts),
          words,
        ],
      },
      callOf(step, scene, { cuts: { sums: name } }),
    ],
  };
}

/** Puts what a pass has found where the kernel would have left it. */
export function keepSum(
  step: SumStep,
  name: string,
  found: RangeSums,
  shape: PassShape,
  { firstBlock }: PartPlace,
): void {
  const words = found[name] ?? new Float64Array();
  if (step.kernel.countsMajority === true) {
    const cuts = bound(step, 'cuts');
    // Negative numbers wrapped in every range: so does their sum.
    const last = (cuts?.length ?? 0) - 1;
    const net = (cuts?.table[last] ?? 0) + (words.at(-1) ?? 0);
    if (cuts !== undefined) cuts.table[last] = net % 2 ** 32;
    return;
  }
  const { sumWords = 1 } = step.kernel;
  const target = bound(step, 'sums')?.table;
  if (target === undefined) return;
  const first = ((step.uniforms['firstSum'] ?? 0) + firstBlock) * sumWords;
  const wanted = step.kernel.onlySizes === true ? 1 : sumWords;
  // A model has millions of records: their bits are looked at as numbers all at once.
  const bits = words instanceof Uint32Array ? words : new Uint32Array(words);
  const values = new Float32Array(bits.buffer, bits.byteOffset, bits.length);
  eachGrain(words, sumWords, shape, (grain, at) => {
    const from = first + grain * sumWords;
    for (let word = 0; word < wanted; word++) {
      const value = values[at + word] ?? 0;
      const before = target[from + word] ?? 0;
      // Two records in one place, where sections end within a grain: the third word is a largest.
      target[from + word] = word === 2 ? Math.max(before, value) : before + value;
    }
  });
}

/** Records of a section: those of a whole block may lie behind its last grain. */
export function grainsOf({ section, slots }: PassShape): number {
  return Math.max(Math.ceil(section / GRAIN_ELEMENTS), slots);
}

/** Visits the records of all sections in order, each with the grain of the tensor that it is of. */
export function eachGrain(
  words: SumValues,
  wordsOfGrain: number,
  shape: PassShape,
  visit: (grain: number, at: number) => void,
): void {
  const grains = grainsOf(shape);
  const own = Math.ceil(shape.section / GRAIN_ELEMENTS);
  for (let at = 0, section = 0; at < words.length; at += grains * wordsOfGrain, section++) {
    for (let grain = 0; grain < own; grain++) {
      const first = section * shape.section + grain * GRAIN_ELEMENTS;
      visit(Math.floor(first / GRAIN_ELEMENTS), at + grain * wordsOfGrain);
    }
  }
}

function bound(step: SumStep, name: string): RecordedBuffer | undefined {
  return step.bind.get(name);
}
