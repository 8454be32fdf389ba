import { CpuExecutor } from '../../compute/cpu/cpu-executor.ts';
import type { Fault } from '../../core/errors.ts';
import { layoutOf } from '../../core/layout.ts';
import { baseEffect, type BaseEffect } from '../../merge/arenas/base-effect.ts';
import type { DepthGradients } from '../../merge/arenas/depth-gradients.ts';
import { mergeArenas } from '../../merge/arenas/merge-arenas.ts';
import { TARGET_SOURCE, type MergeFamily, type MergeMethod } from '../../merge/method.ts';
import { checkParameters, type ParameterDef } from '../../merge/parameters.ts';
import { MERGE_METHODS, methodById } from '../../merge/registry/registry.ts';
import { AVERAGE_METHOD, gradientFaults, SUM_METHOD } from './merge-methods.ts';

export type FormParameter = ParameterDef;
export type FormFamily = MergeFamily;

/** The plain mean of models, and the weighted one. */
export const MEANS = { plain: AVERAGE_METHOD, weighted: SUM_METHOD } as const;

/** What a form needs to know of a merge method. Plain data. */
export interface MergeMethodForm {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
  readonly family: FormFamily;
  readonly models: { readonly min: number; readonly max: number };
  /** Which order the models have to stand in; '' where it does not matter. */
  readonly order: string;
  /** The evaluated domain comes last, so that there is one merge a domain. */
  readonly isOrderedByDomain: boolean;
  readonly usesBase: boolean;
  readonly isMergekit: boolean;
  /** Needs statistics of training data, which a document's merge does not have. */
  readonly needsData: boolean;
  readonly parameters: readonly FormParameter[];
}

/** All methods, in the order of the registry. */
export function mergeMethodForms(): MergeMethodForm[] {
  return MERGE_METHODS.map((method: MergeMethod) => ({
    id: method.id,
    title: method.title,
    summary: method.summary,
    source: method.source,
    family: method.family,
    models: method.models,
    order: method.order ?? '',
    isOrderedByDomain: method.order === TARGET_SOURCE,
    usesBase: method.needsBase,
    isMergekit: method.isMergekit === true,
    needsData: (method.needs ?? []).length > 0,
    parameters: method.parameters,
  }));
}

/** A merge's numbers before anything runs: what is wrong with them, and whether its base counts. */
export function mergeVerdict(
  methodId: string,
  parameters: Readonly<Record<string, unknown>>,
  gradients: DepthGradients,
  models: number,
): { readonly faults: readonly Fault[]; readonly base: BaseEffect } {
  const method = methodById(methodId);
  const checked = checkParameters(method.parameters, parameters, models, '');
  const depth = gradientFaults(method, parameters, gradients, models).map(({ path, message }) => ({
    place: path.join('.'),
    message,
  }));
  const isUneven = Object.keys(gradients).length > 0;
  return {
    faults: [...(checked.ok ? [] : checked.faults), ...depth],
    base: isUneven && method.needsBase ? { matters: true } : effectOf(methodId, parameters, models),
  };
}

function effectOf(
  methodId: string,
  parameters: Readonly<Record<string, unknown>>,
  models: number,
): BaseEffect {
  try {
    return baseEffect(methodId, parameters, models);
  } catch {
    return { matters: true }; // weights that sum to 0: the merge itself says so
  }
}

/** Task vectors and what a method makes of them, element by element. */
export interface MergePicture {
  readonly models: readonly (readonly number[])[];
  readonly merged: readonly number[];
}

const TOY = layoutOf([[{ name: 'toy', shape: [4, 6] }]]);
const TOY_SIZE = 24;

/** Invented: changes that agree, that contradict each other, that one model alone has, small ones. */
const TOY_DELTAS = [
  [
    0.9, 0.7, 0.5, -0.6, -0.8, 0.4, 0.9, 0.8, -0.7, 0.5, -0.3, 0.6, 0.8, -0.6, 0, 0, 0, 0.1, 0.12,
    -0.08, 0.05, -0.1, 0.07, 0.02,
  ],
  [
    0.8, 0.4, 0.7, -0.7, -0.3, 0.6, -0.8, -0.3, 0.6, -0.6, 0.9, -0.2, 0, 0, 0.9, -0.5, 0.3, 0.08,
    -0.1, 0.06, 0.1, -0.04, -0.09, 0.03,
  ],
  [
    0.2, -0.3, 0.4, -0.1, 0.5, 0.3, 0.2, -0.6, 0.3, 0.1, 0.2, 0.4, -0.2, 0.1, 0.5, 0.3, -0.4, 0.1,
    0.02, 0.05, -0.1, 0.04, 0.09, -0.03,
  ],
] as const;

/**
 * The method itself on invented task vectors of 24 elements, as a 4 × 6 matrix: what it keeps, what
 * it drops, where signs meet. null where it needs data.
 * @errors those of the method: wrong parameters
 */
export async function mergePicture(
  methodId: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<MergePicture | null> {
  const method = methodById(methodId);
  if ((method.needs ?? []).length > 0) return null;
  const count = Math.min(TOY_DELTAS.length, Math.max(2, method.models.min));
  if (count > method.models.max) return null;
  const base = new Float32Array(TOY.length);
  for (let i = 0; i < TOY_SIZE; i++) base[i] = 0.8 * Math.cos(1.7 * i) + 0.3 * Math.sin(0.9 * i);
  const deltas = TOY_DELTAS.slice(0, count);
  const models = deltas.map((delta) => base.map((value, i) => value + (delta[i] ?? 0)));
  const own = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? Array.from({ length: count }, (_, k): unknown => value[k % value.length])
        : value,
    ]),
  );
  const request = { method: methodId, parameters: own, base, models };
  const merged = await mergeArenas(new CpuExecutor('f32'), TOY, request);
  return {
    models: deltas.map((delta) => [...delta]),
    merged: Array.from({ length: TOY_SIZE }, (_, i) => (merged[i] ?? 0) - (base[i] ?? 0)),
  };
}
