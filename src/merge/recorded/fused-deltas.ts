import { floatBits } from '../twin-array.ts';
import type { BlockStep } from '../range-form.ts';
import { CUT_WORDS, ALL } from '../ties/trim-kernels.ts';
import { boundValues, valuesOf } from './calls.ts';
import { droppedFrom, type KeptElements } from './kept-elements.ts';
import type { Part } from './parts.ts';
import type { ElementStep, RecordedBuffer, RecordedStep, SelectionStep } from './recording.ts';
import type { End, Scene } from './scene.ts';

/*
 * Task vectors that are never written down. Most methods begin with the differences of all models from
 * the base, change them in place and add them up; block by block each of these steps reads and writes
 * memory, and waits for it. Where steps follow each other in one of the ways that are known here, one
 * function of `wasm/` does all of them in registers: the same operations in the same order, so the same
 * bits. Everything else goes step by step.
 */

/** What is looked for in. */
export interface Recorded {
  readonly steps: readonly RecordedStep[];
  readonly operands: readonly RecordedBuffer[];
  readonly part: Part;
  readonly ends: ReadonlyMap<number, End>;
  readonly result: RecordedBuffer | null;
  readonly kept: KeptElements;
}

/** A model minus the base, both as they were read. */
export interface Difference {
  readonly model: RecordedBuffer;
  readonly base: RecordedBuffer;
  /** Of the step that makes it. */
  readonly index: number;
}

/** What a buffer holds before a step, where that is a difference. */
function differenceBefore(
  { steps, operands }: Pick<Recorded, 'steps' | 'operands'>,
  values: RecordedBuffer,
  before: number,
): Difference | null {
  const index = steps.findLastIndex((step, at) => at < before && writes(step, values));
  const step = steps[index];
  if (step?.kind !== 'elements' || step.name !== 'linear_combination') return null;
  const { start, relative, terms, c0 } = step.uniforms;
  if (start !== 0 || relative !== 1 || terms !== 1 || c0 !== 1) return null;
  const [model, base] = [step.bind.get('x0'), step.bind.get('origin')];
  if (model === undefined || base === undefined) return null;
  return operands.includes(model) && operands.includes(base) ? { model, base, index } : null;
}

function writes(step: RecordedStep, buffer: RecordedBuffer): boolean {
  if (step.kind !== 'elements') return false;
  return step.kernel.writes.some((name) => boundValues(step, name) === buffer);
}

function touches(step: RecordedStep | undefined, buffer: RecordedBuffer): boolean {
  return step?.kind === 'elements' && valuesOf(step).includes(buffer);
}

/**
 * Cuts of differences, which are by |values - 0|, as cuts of the models by |model - base|: bits of the
 * same numbers. Gives the ends that look at other buffers now, and at which.
 */
export function cutsOfModels(recorded: Recorded): {
  readonly ends: ReadonlyMap<number, End>;
  readonly replaced: ReadonlyMap<SelectionStep, readonly [RecordedBuffer, RecordedBuffer]>;
} {
  const replaced = new Map<SelectionStep, readonly [RecordedBuffer, RecordedBuffer]>();
  const ends = new Map<number, End>();
  for (const [index, end] of recorded.ends) {
    const { selection } = end;
    ends.set(index, end);
    if (selection === undefined) continue;
    const { values, origin } = selection;
    const isZero =
      !recorded.operands.includes(origin) &&
      !recorded.steps.some((step, at) => at < index && writes(step, origin));
    const difference = isZero ? differenceBefore(recorded, values, index) : null;
    if (difference === null) continue;
    const reads = [difference.model, difference.base] as const;
    replaced.set(selection, reads);
    ends.set(index, { ...end, reads });
  }
  return { ends, replaced };
}

/** Words a segment in `tensors`, as in src/merge/sparse/delta-kernels.ts: the first is the name's hash. */
const TENSOR_WORDS = 4;

/** A draw with the sizes before and after it, in one call. */
export interface FusedDraw {
  readonly drop: ElementStep;
  readonly call: (bits: string, scene: Scene) => BlockStep;
}

/**
 * Draws of a pass whose task vector is asked for nothing but its sizes before and after: by the place of
 * the last of these steps, and the places of all others, at which nothing is to be done any more.
 */
export function fusedDraws(recorded: Recorded, needed: ReadonlySet<number>, isDone: Done) {
  const draws = new Map<number, FusedDraw>();
  const skipped = new Set<number>();
  if (recorded.result !== null) return { draws, skipped };
  for (const place of needed) {
    const drop = recorded.steps[place];
    if (drop?.kind !== 'elements' || drop.name !== 'sparse_drop_random' || isDone(drop)) continue;
    const found = drawAt(recorded, needed, drop, place);
    if (found === null) continue;
    draws.set(found.last, found.draw);
    for (const at of found.skipped) skipped.add(at);
  }
  return { draws, skipped };
}

/** True where it is known what a step keeps. */
type Done = (step: ElementStep) => boolean;

function drawAt(
  recorded: Recorded,
  needed: ReadonlySet<number>,
  drop: ElementStep,
  place: number,
): { readonly draw: FusedDraw; readonly last: number; readonly skipped: readonly number[] } | null {
  const { steps, part } = recorded;
  const values = droppedFrom(drop);
  const difference = differenceBefore(recorded, values, place);
  const highest = highestOf(drop);
  if (difference === null || highest === null) return null;
  const { model, base, index } = difference;
  const users = [...needed].filter((at) => touches(steps[at], values));
  const looks = [...recorded.ends].filter(([, { reads }]) => reads.includes(values));
  const [before, after] = looks.sort(([a], [b]) => a - b);
  if (users.length !== 2 || looks.length !== 2 || before === undefined || after === undefined) {
    return null;
  }
  const [sizes, kept] = [before[1].sizes, after[1].sizes];
  if (sizes === undefined || kept === undefined) return null;
  if (before[0] < index || before[0] > place || after[0] < place) return null;
  const tensors = drop.bind.get('tensors')?.table;
  const blocks = drop.bind.get('blocks');
  if (tensors === undefined || blocks === undefined) return null;
  const draw: FusedDraw = {
    drop,
    call: (bits, { registers, places }) => {
      const at = places.of(blocks, part).segment * TENSOR_WORDS;
      const { seed = 0, model: number = 0 } = drop.uniforms;
      return {
        kernel: 'range_draw_sizes',
        arguments: [
          ...[{ block: registers.of(model) }, { block: registers.of(base) }, { sums: bits }],
          ...[sizes, kept].map((sums) => ({ sums, perGrain: 16 })),
          ...(['count', 'first', 'within'] as const),
          ...[seed, tensors[at] ?? 0, number, highest],
        ],
      };
    },
  };
  return { draw, last: after[0], skipped: [index, place, before[0], after[0]] };
}

/**
 * The largest of the random words that keep an element, with a sign; null where chance does not decide,
 * or not by one probability. 24 bits make a number below p where they are fewer than p · 2²⁴.
 */
function highestOf({ uniforms }: ElementStep): number | null {
  const { perElement, hasMask, divides, probability = 0 } = uniforms;
  const bound = Math.ceil(Math.fround(probability) * 2 ** 24);
  if (perElement === 1 || hasMask === 1 || divides === 1) return null;
  return bound >= 1 && bound <= 2 ** 24 ? (bound * 2 ** 8 - 1 - 2 ** 31) | 0 : null;
}

/** Words of a model: coefficient, scale, the cut of those that stay, that of those that go. */
const RECORD_WORDS = 8;
const MOST_MODELS = 4;

/**
 * The whole of a pass that writes the base plus task vectors, of which some elements were dropped and
 * the others multiplied by one number; null where it does anything else.
 */
export function fusedSum(
  recorded: Recorded,
  needed: ReadonlySet<number>,
  isDone: Done,
): ((scene: Scene, isRaw: boolean) => BlockStep) | null {
  const { steps, operands, result } = recorded;
  const last = Math.max(...needed);
  const sum = steps[last];
  if (result === null || sum?.kind !== 'elements' || sum.name !== 'linear_combination') return null;
  const { start, relative, terms = 0 } = sum.uniforms;
  const base = sum.bind.get('origin');
  if (sum.bind.get('target') !== result || start !== 2 || relative !== 0) return null;
  if (base === undefined || !operands.includes(base) || terms > MOST_MODELS) return null;
  const vectors = Array.from({ length: terms }, (_, k) => sum.bind.get(`x${k}`));
  const chains = vectors.map((values) => chainOf(recorded, needed, values, last));
  const known = chains.flatMap((chain) => (chain?.base === base ? [chain] : []));
  const used = new Set(known.flatMap(({ places }) => places));
  const isAll = known.length === terms && used.size === needed.size - 1;
  const bits = known.filter(({ drop }) => drop !== null && isDone(drop)).length;
  const draws = known.filter(({ drop }) => drop?.name === 'sparse_drop_random').length;
  if (!isAll || draws !== bits || (bits > 0 && bits < terms)) return null;
  return (scene, isRaw) => callOfSum(recorded, scene, { sum, base, result, chains: known, isRaw });
}

/** What happens to one task vector before it is added. */
interface Chain extends Pick<Difference, 'model' | 'base'> {
  readonly drop: ElementStep | null;
  readonly scale: ElementStep | null;
  /** Of its steps. */
  readonly places: readonly number[];
}

function chainOf(
  recorded: Recorded,
  needed: ReadonlySet<number>,
  values: RecordedBuffer | undefined,
  last: number,
): Chain | null {
  const { steps } = recorded;
  if (values === undefined) return null;
  const places = [...needed].filter((at) => at !== last && touches(steps[at], values));
  places.sort((a, b) => a - b);
  const [first = -1, ...others] = places;
  const difference = differenceBefore(recorded, values, first + 1);
  if (difference?.index !== first) return null;
  const own = others.flatMap((at) => steps[at] as ElementStep);
  const isDrop = ({ name, uniforms }: ElementStep): boolean =>
    name === 'sparse_drop_random' || (name === 'sparse_keep_band' && uniforms['isStrict'] !== 1);
  const drop = own[0] !== undefined && isDrop(own[0]) ? own[0] : null;
  const [scale = null, ...rest] = drop === null ? own : own.slice(1);
  if (rest.length > 0 || (scale !== null && scale.name !== 'sparse_scale_tensors')) return null;
  const { model, base } = difference;
  return { model, base, drop, scale, places };
}

interface FusedSum {
  readonly sum: ElementStep;
  readonly base: RecordedBuffer;
  readonly result: RecordedBuffer;
  readonly chains: readonly Chain[];
  /** Of bfloat16 numbers that are not decoded. */
  readonly isRaw: boolean;
}

function callOfSum(
  { part, kept }: Recorded,
  scene: Scene,
  { sum, base, result, chains, isRaw }: FusedSum,
): BlockStep {
  const { registers, tables, places, section } = scene;
  const words = new Uint32Array(MOST_MODELS * RECORD_WORDS);
  const segmentOf = (step: ElementStep): number => {
    const blocks = step.bind.get('blocks');
    return blocks === undefined ? 0 : places.of(blocks, part).segment;
  };
  const bits = chains.map(({ drop, scale }, k) => {
    const { model = 0, segmentCount = 0 } = scale?.uniforms ?? {};
    const at = scale === null ? 0 : model * segmentCount + segmentOf(scale);
    const record = [
      floatBits(sum.uniforms[`c${k}`] ?? 0),
      floatBits(scale?.bind.get('scales')?.table[at] ?? 1),
      ...[0, ALL, ALL, ALL],
    ];
    if (drop?.name === 'sparse_keep_band') {
      const { outer = 0, inner = 0 } = drop.uniforms;
      const cuts = drop.bind.get('cuts')?.table;
      [outer, inner].forEach((first, which) => {
        const cut = (first + segmentOf(drop)) * CUT_WORDS;
        const key = cuts?.[cut] ?? 0;
        const place = key > LARGEST_KEY ? ALL : (cuts?.[cut + 1] ?? 0);
        record[2 + 2 * which] = key;
        // Places are those in the arena, of a cut that something is at: never before the part.
        record[3 + 2 * which] = place === ALL ? ALL : place - part.offset;
      });
    }
    words.set(record, k * RECORD_WORDS);
    if (drop?.name !== 'sparse_drop_random') return 0;
    const name = `kept ${k}`;
    tables.set(name, kept.table(drop, part, section));
    return { table: name };
  });
  tables.set('task vectors', { values: words });
  const [first = base] = chains.map(({ model }) => model);
  const all = Array.from({ length: MOST_MODELS }, (_, k) => chains[k]?.model ?? first);
  const placeOf = (buffer: RecordedBuffer) =>
    isRaw ? { bytesOf: registers.of(buffer) } : { block: registers.of(buffer) };
  return {
    kernel: isRaw ? 'range_add_deltas_bf16' : 'range_add_deltas',
    arguments: [
      ...[{ block: registers.of(result) }, ...[base, ...all].map(placeOf)],
      ...all.map((_, k) => bits[k] ?? 0),
      ...[{ table: 'task vectors' }, chains.length, bits.some((one) => one !== 0) ? 1 : 0],
      ...(['count', 'first', 'within'] as const),
    ],
  };
}

const LARGEST_KEY = 2 ** 31 - 1;
