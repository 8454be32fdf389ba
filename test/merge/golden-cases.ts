import { layoutOf, type ParameterLayout } from '../../src/core/layout.ts';
import type { Executor } from '../../src/compute/executor.ts';
import { commonLayout, cropArena } from '../../src/merge/crop-arena.ts';
import { mergeArenas } from '../../src/merge/merge-arenas.ts';

/** One case of `merge-golden/1`; models and base map tensor names to tensor ids. */
export interface GoldenCase {
  readonly id: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly models: readonly Readonly<Record<string, string>>[];
  readonly base: Readonly<Record<string, string>> | null;
  readonly expected: Readonly<Record<string, string>>;
  readonly tol: { readonly atol: number; readonly rtol: number };
  readonly ignore?: Readonly<Record<string, readonly number[]>>;
}

interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface GoldenFile {
  readonly tensors: Readonly<Record<string, GoldenTensor>>;
  readonly cases: readonly GoldenCase[];
}

/** Methods of the file that this project has; every one of their cases must pass. */
export const GOLDEN_METHODS = [
  'linear',
  'task_arithmetic',
  'ties',
  'ties_global',
  'simple_average',
  'weighted_average',
  'task_arithmetic_fb',
  'mmgrid_average',
  'mmgrid_task_arithmetic',
  'mmgrid_ties',
  'mmgrid_linear_velocity',
  'mmgrid_moving_average_velocity',
  'mmgrid_acceleration',
  'mmgrid_exp_decay',
] as const;

// As text: a bundler that re-writes JSON could lose the sign of −0. Empty when the file is absent.
const FILES = import.meta.glob<string>('../../../shared/golden/merge_golden_public.json', {
  query: '?raw',
  import: 'default',
});

/** The golden file, or null where the project stands without its neighbour `../shared`. */
export async function loadGolden(): Promise<GoldenFile | null> {
  const [load] = Object.values(FILES);
  return load === undefined ? null : (JSON.parse(await load()) as GoldenFile);
}

export interface Arena {
  readonly layout: ParameterLayout;
  readonly values: Float32Array<ArrayBuffer>;
}

/** The tensors of one model as an arena of their own layout. */
export function arenaOf(file: GoldenFile, model: Readonly<Record<string, string>>): Arena {
  const tensors = Object.entries(model).map(([name, id]) => ({ name, ...tensorOf(file, id) }));
  const layout = layoutOf(tensors.map(({ name, shape }) => [{ name, shape }]));
  const values = new Float32Array(layout.length);
  layout.entries.forEach((entry, index) => {
    values.set(tensors[index]?.data ?? [], entry.offset);
  });
  return { layout, values };
}

/** Runs the case; gives the largest excess over its tolerance (<= 0 passes), NaN-safe. */
export async function runGoldenCase(
  executor: Executor,
  file: GoldenFile,
  golden: GoldenCase,
): Promise<{ compared: number; worst: number; where: string }> {
  const models = golden.models.map((model) => arenaOf(file, model));
  const base = golden.base === null ? null : arenaOf(file, golden.base);
  const all = base === null ? models : [...models, base];
  const layout = commonLayout(all.map((arena) => arena.layout));
  const crop = (arena: Arena) => cropArena(arena.values, arena.layout, layout);
  // Names of input sets and input kinds, not parameters of a method.
  const labels = ['set', 'is_embed'];
  const parameters = Object.fromEntries(
    Object.entries(golden.params).filter(([name]) => !labels.includes(name)),
  );
  const merged = await mergeArenas(executor, layout, {
    method: golden.method,
    parameters,
    base: base === null ? null : crop(base),
    models: models.map(crop),
  });
  let compared = 0;
  let worst = -Infinity;
  let where = '';
  for (const [name, id] of Object.entries(golden.expected)) {
    const entry = layout.entries.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`${golden.id}: no tensor ${name} in the result.`);
    const { data } = tensorOf(file, id);
    if (data.length !== entry.size) throw new Error(`${golden.id}: ${name} has another size.`);
    data.forEach((value, index) => {
      if (golden.ignore?.[name]?.includes(index) === true) return;
      const expected = Math.fround(value);
      const got = merged[entry.offset + index] ?? Number.NaN;
      const excess =
        Math.abs(got - expected) - (golden.tol.atol + golden.tol.rtol * Math.abs(expected));
      compared++;
      if (!(excess <= worst)) {
        worst = excess;
        where = `${name}[${index}]: ${got} for ${expected}`;
      }
    });
  }
  return { compared, worst, where };
}

function tensorOf(file: GoldenFile, id: string): GoldenTensor {
  const tensor = file.tensors[id];
  if (tensor === undefined) throw new Error(`The golden file has no tensor ${id}.`);
  return tensor;
}
