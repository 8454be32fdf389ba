import { layoutOf, type ParameterLayout } from '../../../src/core/layout.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { commonLayout, cropArena } from './crop-arena.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';

/** One case of `merge-golden/1`; models and base map tensor names to tensor ids. */
export interface GoldenCase {
  readonly id: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly models: readonly Readonly<Record<string, string>>[];
  readonly base: Readonly<Record<string, string>> | null;
  readonly expected: Readonly<Record<string, string>>;
  /** The program does something one may not want; see `note`. */
  readonly quirk?: unknown;
  readonly note?: string;
  readonly kind?: string;
  /** 1 = kept, one arena a model, for methods with random masks. */
  readonly keep_masks?: readonly Readonly<Record<string, string>>[];
  readonly extra?: Readonly<Record<string, unknown>>;
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

// As text: a bundler that re-writes JSON could lose the sign of −0. Empty when the file is absent.
const FILES = import.meta.glob<string>('../../../../shared/golden/merge_golden_public.json', {
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

/** Named outputs of a case, to be held against `expected`. */
export type GoldenOutputs = Readonly<Record<string, ArrayLike<number>>>;

/** How the cases of one method run. Most are merges and take `mergeGolden`. */
export type GoldenRunner = (
  executor: Executor,
  file: GoldenFile,
  golden: GoldenCase,
) => Promise<GoldenOutputs>;

/** Names of input sets and input kinds, not parameters of a method. */
const LABELS = ['set', 'is_embed'];

/** Operands of a case in their common layout. */
export function operandsOf(file: GoldenFile, golden: GoldenCase) {
  const models = golden.models.map((model) => arenaOf(file, model));
  const base = golden.base === null ? null : arenaOf(file, golden.base);
  const all = base === null ? models : [...models, base];
  const layout = commonLayout(all.map((arena) => arena.layout));
  const crop = (arena: Arena) => cropArena(arena.values, arena.layout, layout);
  const masks = golden.keep_masks?.map((mask) => crop(arenaOf(file, mask)));
  return {
    layout,
    models: models.map(crop),
    base: base === null ? null : crop(base),
    ...(masks !== undefined && { masks }),
  };
}

/** Merges the operands of a case; the outputs are the tensors of the result and all reports. */
export async function mergeGolden(
  executor: Executor,
  file: GoldenFile,
  golden: GoldenCase,
  parameters = parametersOf(golden),
): Promise<GoldenOutputs> {
  const { layout, models, base, masks } = operandsOf(file, golden);
  const outputs: Record<string, ArrayLike<number>> = {};
  const merged = await mergeArenas(executor, layout, {
    method: golden.method,
    parameters,
    base,
    models,
    ...(masks !== undefined && { statistics: { masks } }),
    reportsArenas: true,
    onReport: (name, values) => {
      outputs[name] = values;
    },
  });
  return { ...outputs, ...tensorsOf(layout, merged) };
}

export function parametersOf(golden: GoldenCase): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(golden.params).filter(([name]) => !LABELS.includes(name)),
  );
}

/** The tensors of an arena by name. */
export function tensorsOf(layout: ParameterLayout, arena: Float32Array): GoldenOutputs {
  return Object.fromEntries(
    layout.entries.map(({ name, offset, size }) => [name, arena.subarray(offset, offset + size)]),
  );
}

/** The largest excess of a case's outputs over its tolerance (<= 0 passes), NaN-safe. */
export function excessOf(file: GoldenFile, golden: GoldenCase, outputs: GoldenOutputs) {
  let compared = 0;
  let worst = -Infinity;
  let where = '';
  for (const [name, id] of Object.entries(golden.expected)) {
    const values = outputs[name];
    if (values === undefined) throw new Error(`${golden.id}: no output ${name}.`);
    const { data } = tensorOf(file, id);
    if (data.length !== values.length) throw new Error(`${golden.id}: ${name} has another size.`);
    data.forEach((value, index) => {
      if (golden.ignore?.[name]?.includes(index) === true) return;
      const expected = Math.fround(value);
      const got = values[index] ?? Number.NaN;
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

/** The tensor with this id. */
export function tensorOf(file: GoldenFile, id: string): GoldenTensor {
  const tensor = file.tensors[id];
  if (tensor === undefined) throw new Error(`The golden file has no tensor ${id}.`);
  return tensor;
}
