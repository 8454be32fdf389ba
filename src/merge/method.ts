import type { ElementType } from '../compute/kernel.ts';
import type { DeviceBuffer, Executor, Step } from '../compute/executor.ts';
import type { ParameterLayout } from '../core/layout.ts';
import type { LinearForm } from './linear-form.ts';
import type { ParameterDef, ParameterValues } from './parameters.ts';
import type { ModelRangeForm, RangeForm } from './range-form.ts';

/** What some methods take besides weights; everything lies in the arenas' layout. */
export interface MergeStatistics {
  /** 1 keeps, 0 drops; one arena a model. Replaces the draw of methods with random masks. */
  readonly masks?: readonly Float32Array[];
  /** Diagonal Fisher information, one arena a model. */
  readonly fisher?: readonly Float32Array[];
  /** XᵀX / N of a linear layer's inputs by tensor name: one [in, in] row-major matrix a model. */
  readonly gram?: Readonly<Record<string, readonly Float32Array[]>>;
  /** λ[model][tensor], tensors in the order of the layout: what AdaMerging has learned. */
  readonly layerWeights?: readonly (readonly number[])[];
}

/** What a method works on: operands are on the device, `output` is zero and has to be filled. */
export interface MergeContext {
  readonly executor: Executor;
  readonly layout: ParameterLayout;
  readonly values: ParameterValues;
  readonly models: readonly DeviceBuffer[];
  /** Null only for methods without `needsBase`. */
  readonly base: DeviceBuffer | null;
  readonly output: DeviceBuffer;
  /** Zeroed memory that is freed when the merge ends, however it ends. */
  readonly scratch: (label: string, type: ElementType, length: number) => DeviceBuffer;
  /** Prepares and queues the steps as one program; a name sets it apart from those in order. */
  readonly run: (steps: readonly Step[], name?: string) => Promise<void>;
  /**
   * Keeps what depends on the operands and on `key` alone for the next merge of the same operands.
   * Absent where there is no next merge.
   */
  readonly remember?: <T>(key: string, make: () => Promise<T>) => Promise<T>;
  readonly statistics: MergeStatistics;
  /** Numbers of the merge that a reader wants to see: `ratio`, `rank`, one entry a tensor or model. */
  readonly report: (name: string, values: ArrayLike<number>) => void;
  /** True where reports as large as the model (masks, probabilities) are wanted too. */
  readonly reportsArenas?: boolean;
}

/** How the form groups methods. */
export type MergeFamily =
  | 'average'
  | 'task-vector'
  | 'sparse'
  | 'spherical'
  | 'spectral'
  | 'data'
  | 'temporal';

/** One merge method. Adding one: a file in `methods/` and a line in `registry.ts`. */
export interface MergeMethod {
  readonly id: string;
  readonly title: string;
  /** One sentence with the formula, for the reader. */
  readonly summary: string;
  /** Where it is defined: paper or program. */
  readonly source: string;
  readonly models: { readonly min: number; readonly max: number };
  /** Which order of the models the method expects, when it matters. */
  readonly order?: string;
  readonly needsBase: boolean;
  /** True where a base changes the result but may be left out. */
  readonly takesBase?: boolean;
  readonly family: MergeFamily;
  /** True where mergekit has the method under the same id and parameter names. */
  readonly isMergekit?: boolean;
  /**
   * True where a tensor's result depends on other tensors. All others may be merged tensor by
   * tensor, with parameters of their own.
   */
  readonly isGlobal?: (values: ParameterValues) => boolean;
  /**
   * True where an element of the result depends on the same element of the operands only: any range
   * of a tensor may then be merged by itself. Methods with a linear form need not say so.
   */
  readonly isElementwise?: (values: ParameterValues) => boolean;
  /** What of `MergeStatistics` it cannot do without. */
  readonly needs?: readonly (keyof MergeStatistics)[];
  readonly parameters: readonly ParameterDef[];
  /** Only of methods whose result is a fixed linear combination of base and models. */
  readonly linear?: (values: ParameterValues, modelCount: number) => LinearForm;
  /**
   * How tensors of files go through in ranges; null where these values need tensors as a whole.
   * Methods with a linear form need not say so; `throughRanges` serves most others.
   */
  readonly ranges?: (
    this: MergeMethod,
    values: ParameterValues,
    operands: RangeOperands,
  ) => RangeForm | null;
  /** The same where the method `isGlobal`. */
  readonly rangesOfModel?: (
    this: MergeMethod,
    values: ParameterValues,
    operands: RangeOperands,
  ) => ModelRangeForm | null;
  readonly apply: (context: MergeContext) => Promise<void>;
}

/** Operands that a merge in ranges is given. */
export interface RangeOperands {
  readonly models: number;
  readonly hasBase: boolean;
}

/**
 * Order of MMGRid's forms of two domains. Its source is the domain that the merge is evaluated on
 * and whose id rows it keeps; it stands last.
 */
export const TARGET_SOURCE = 'target, source';

/** Any number of models; the bound keeps a recipe from asking for absurd memory. */
export const ANY_MODELS = { min: 1, max: 64 } as const;
