import type { ElementType } from '../compute/kernel.ts';
import type { DeviceBuffer, Executor, Step } from '../compute/executor.ts';
import type { ParameterLayout } from '../core/layout.ts';
import type { LinearForm } from './linear-form.ts';
import type { ParameterDef, ParameterValues } from './parameters.ts';

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
  /** Prepares and queues the steps as one program. */
  readonly run: (steps: readonly Step[]) => Promise<void>;
}

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
  readonly parameters: readonly ParameterDef[];
  /** Only of methods whose result is a fixed linear combination of base and models. */
  readonly linear?: (values: ParameterValues, modelCount: number) => LinearForm;
  readonly apply: (context: MergeContext) => Promise<void>;
}

/**
 * Order of MMGRid's forms of two domains. Its source is the domain that the merge is evaluated on
 * and whose id rows it keeps; it stands last.
 */
export const TARGET_SOURCE = 'target, source';

/** Any number of models; the bound keeps a recipe from asking for absurd memory. */
export const ANY_MODELS = { min: 1, max: 64 } as const;
