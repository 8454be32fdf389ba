import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import type { TensorEntry } from '../../core/layout.ts';
import { AppError } from '../../core/errors.ts';
import type { MergeContext } from '../method.ts';
import { transposed, type Place, type TensorJob } from './jobs.ts';
import { Workspace, type Session } from './workspace.ts';

/**
 * A 2-D tensor as its work matrix: `rows` = the smaller of its sizes, `length` = the larger. A tall
 * tensor (more rows than columns) lies transposed.
 */
export interface MatrixTensor {
  readonly entry: TensorEntry;
  readonly rows: number;
  readonly length: number;
  readonly isTall: boolean;
}

/** The merged delta of one tensor, as a work matrix, before it is multiplied by `factor`. */
export interface MergedMatrix {
  readonly place: Place;
  readonly factor: number;
}

/** What a method does with the 2-D tensors of a group. */
export interface MatrixMerge<Plan> {
  /** Reserves the tensor's work memory: `take` gives the place of so many zeroed f32. */
  readonly plan: (tensor: MatrixTensor, take: (size: number) => number) => Plan;
  /** One result a tensor, in their order. */
  readonly merge: (
    workspace: Workspace,
    tensors: readonly MatrixTensor[],
    plans: readonly Plan[],
  ) => Promise<readonly MergedMatrix[]>;
}

/** Work memory of a group (f32): 32 MiB, more only where one tensor needs it alone. */
const GROUP_LENGTH = 2 ** 23;

export function baseOf({ base }: MergeContext): DeviceBuffer {
  if (base !== null) return base;
  throw new AppError('internal', 'A spectral method was started without its base.');
}

export function matrixTensors({ layout }: Pick<MergeContext, 'layout'>): MatrixTensor[] {
  return layout.entries.flatMap((entry) => {
    const [m = 0, p = 0] = entry.shape;
    if (entry.shape.length !== 2 || entry.size === 0) return [];
    return [{ entry, rows: Math.min(m, p), length: Math.max(m, p), isTall: m > p }];
  });
}

/** Arena and work places of a tensor whose work matrix lies at `place`. */
export function tensorJob({ entry, isTall }: MatrixTensor, place: Place, factor = 1): TensorJob {
  const { at, rowStride, columnStride } = isTall ? transposed(place) : place;
  const columns = entry.shape[1] ?? 1;
  const { offset: arena, size } = entry;
  return { arena, work: at, size, columns, rowStride, columnStride, factor };
}

/** Merges all 2-D tensors in groups of bounded memory: output = base + factor · merged delta. */
export async function mergeMatrices<Plan>(
  context: MergeContext,
  method: MatrixMerge<Plan>,
): Promise<void> {
  const base = baseOf(context);
  await eachGroup(context, matrixTensors(context), method.plan, async (workspace, group, plans) => {
    const merged = await method.merge(workspace, group, plans);
    const jobs = group.map((tensor, index) => {
      const { place, factor } = merged[index] ?? { place: NOWHERE, factor: 0 };
      return tensorJob(tensor, place, factor);
    });
    await workspace.run(workspace.finish(context.output, base, jobs));
  });
}

/** Stands in where a list cannot be too short; nothing reads it. */
export const NOWHERE: Place = { at: 0, rowStride: 0, columnStride: 0 };

/** Calls `visit` with groups of tensors and their plans in a work buffer of their own. */
export async function eachGroup<Tensor, Plan>(
  session: Session,
  tensors: readonly Tensor[],
  plan: (tensor: Tensor, take: (size: number) => number) => Plan,
  visit: (
    workspace: Workspace,
    tensors: readonly Tensor[],
    plans: readonly Plan[],
  ) => Promise<void>,
): Promise<void> {
  let group: Tensor[] = [];
  let plans: Plan[] = [];
  let length = 0;
  const flush = async () => {
    if (group.length === 0) return;
    await session.run([]);
    const workspace = new Workspace(session, length);
    try {
      await visit(workspace, group, plans);
      // Whoever counts memory looks at it between programs, and this is when a group has the most.
      await session.run([]);
    } finally {
      workspace.release();
    }
    [group, plans, length] = [[], [], 0];
  };
  for (const tensor of tensors) {
    let size = 0;
    plan(tensor, (count) => (size += count) - count);
    if (length + size > GROUP_LENGTH) await flush();
    plans.push(plan(tensor, (count) => (length += count) - count));
    group.push(tensor);
  }
  await flush();
}

/** Steps that bring the task vectors of a group in; `placeOf` says where that of a model goes. */
export function extractDeltas(
  workspace: Workspace,
  context: MergeContext,
  tensors: readonly MatrixTensor[],
  placeOf: (index: number, model: number) => Place,
  accumulate = false,
): Step[] {
  const base = baseOf(context);
  return context.models.flatMap((model, k) => {
    const jobs = tensors.map((tensor, index) => tensorJob(tensor, placeOf(index, k)));
    return workspace.extract(model, base, jobs, accumulate && k > 0);
  });
}

/** Tensors that are no matrices: biases, norms, 3-D. */
export function otherTensors({ layout }: MergeContext): TensorEntry[] {
  return layout.entries.filter(({ shape, size }) => shape.length !== 2 && size > 0);
}

/** A whole tensor as one vector of the work buffer. */
export function vectorJob({ offset, size }: TensorEntry, work: number, factor = 1): TensorJob {
  return { arena: offset, work, size, columns: size, rowStride: 0, columnStride: 1, factor };
}

/** Tensors that are no matrices: output = base + Σ weightₖ (modelₖ − base). */
export async function mergeOthers(
  context: MergeContext,
  weights: readonly number[],
): Promise<void> {
  const base = baseOf(context);
  const plan = ({ size }: TensorEntry, take: (size: number) => number) => take(size);
  await eachGroup(context, otherTensors(context), plan, async (workspace, group, places) => {
    const jobs = (factor: number) =>
      group.map((entry, index) => vectorJob(entry, places[index] ?? 0, factor));
    const sums = context.models.flatMap((model, index) =>
      workspace.extract(model, base, jobs(weights[index] ?? 0), index > 0),
    );
    await workspace.run(sums, workspace.finish(context.output, base, jobs(1)));
  });
}

/** The same weight for every model. */
export function evenWeights({ models }: MergeContext, weight: number): number[] {
  return models.map(() => weight);
}
