import { compileKernels } from '../../../scripts/wasm-kernels.ts';
import type { ParameterLayout, TensorEntry } from '../../../src/core/layout.ts';
import { encodeFloats } from '../../../src/io/safetensors-encode.ts';
import { AppError } from '../../../src/core/errors.ts';
import { resolveParameters } from '../../../src/merge/parameters.ts';
import { SECTION_ELEMENTS, type RangeSums } from '../../../src/merge/range-form.ts';
import { PassSums } from '../../../src/merge/ranges/pass-sums.ts';
import { RangeMachine } from '../../../src/merge/ranges/range-machine.ts';
import type { RangeTask } from '../../../src/merge/ranges/range-task.ts';
import { rangeFormOf } from '../../../src/merge/ranges/form-of-method.ts';
import { methodById } from '../../../src/merge/registry/registry.ts';

export interface ArenaMerge {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly base: Float32Array | null;
  readonly models: readonly Float32Array[];
  /** Most elements of a range; a multiple of the section is taken. Default: all. */
  readonly rangeElements?: number;
  /** What operands are stored as; their values have to be such. Default F32. */
  readonly dtype?: 'F32' | 'BF16';
}

/** Machines of several threads: what one holds, another does not see. */
export async function openMachines(count: number, flavour = 'relaxed'): Promise<RangeMachine[]> {
  const module = await WebAssembly.compile(new Uint8Array(await compileKernels(flavour)));
  return Array.from({ length: count }, () => new RangeMachine(module));
}

/** Merges arenas tensor by tensor, every pass in ranges that go round the machines, last one first. */
export async function mergeInRanges(
  machines: readonly RangeMachine[],
  layout: ParameterLayout,
  merge: ArenaMerge,
): Promise<Float32Array<ArrayBuffer>> {
  const method = methodById(merge.method);
  const values = resolveParameters(method.parameters, merge.parameters, merge.models.length);
  const operands = { models: merge.models.length, hasBase: merge.base !== null };
  const form = rangeFormOf(method, values, operands);
  if (form === null) throw new AppError('internal', `${method.id} does not go through ranges.`);
  const result = new Float32Array(layout.length);
  for (const entry of layout.entries) {
    const arenas = form.operands.map((operand) =>
      operand === 'base' ? merge.base : (merge.models[operand] ?? null),
    );
    const { rangeElements = Infinity, dtype = 'F32' } = merge;
    const work = { machines, arenas, entry, rangeElements, dtype };
    const { name, shape, size } = entry;
    const passes = form.passes({ name, shape, elements: size });
    let next = await passes.next();
    while (next.done !== true) next = await passes.next(runPass(work, next.value, null));
    if (next.value === null) throw new AppError('internal', `${name} is not written.`);
    runPass(work, next.value, result);
  }
  return result;
}

/** Two sections: ranges have several tiles. */
const TILE_ELEMENTS = 2 * SECTION_ELEMENTS;

interface Work {
  readonly machines: readonly RangeMachine[];
  readonly arenas: readonly (Float32Array | null)[];
  readonly entry: TensorEntry;
  readonly rangeElements: number;
  readonly dtype: 'F32' | 'BF16';
}

function runPass(
  { machines, arenas, entry, rangeElements, dtype }: Work,
  pass: RangeTask['pass'],
  output: Float32Array | null,
): RangeSums {
  const { section = SECTION_ELEMENTS } = pass;
  const step = Math.max(1, Math.floor(Math.min(rangeElements, entry.size) / section)) * section;
  const sums = new PassSums(pass);
  const ranges = Array.from({ length: Math.ceil(entry.size / step) }, (_, range) => range);
  for (const range of ranges.reverse()) {
    const machine = machines[range % machines.length];
    if (machine === undefined) throw new AppError('internal', 'There is no machine.');
    const first = range * step;
    const elements = Math.min(step, entry.size - first);
    const task: RangeTask = {
      ...{ kind: 'pass', slot: 0, held: null, pass: ownRecords(pass, first, elements), first },
      ...{ counted: [], elements },
      inputs: arenas.map(() => ({ file: 0, position: 0, dtype })),
      output: output === null ? null : { file: 0, position: 0, dtype: 'F32' },
    };
    const run = machine.begin(task, TILE_ELEMENTS);
    for (const tile of run.tiles) {
      const start = entry.offset + first + tile.start;
      for (const k of run.reads) {
        const values = arenas[k]?.slice(start, start + tile.count) ?? new Float32Array(tile.count);
        run.input(k, tile).set(encodeFloats(values, dtype));
      }
      run.compute(tile);
      output?.set(new Float32Array(run.output(tile).slice().buffer), start);
    }
    sums.add(range, run.result().sums);
  }
  return sums.take();
}

/** Only the records of the range's own sections, as threads are sent them. */
function ownRecords(pass: RangeTask['pass'], first: number, elements: number): RangeTask['pass'] {
  const { section = SECTION_ELEMENTS, tables = {} } = pass;
  const ends = [first / section, Math.ceil((first + elements) / section)] as const;
  const own = Object.entries(tables).map(([name, table]) => {
    const { values, perSection } = table;
    if (perSection === undefined) return [name, table] as const;
    const [from, to] = ends.map((at) => at * perSection);
    return [name, { values: values.slice(from, to), perSection }] as const;
  });
  return { ...pass, tables: Object.fromEntries(own) };
}
