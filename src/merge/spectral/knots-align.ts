import type { Executor } from '../../compute/executor.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { rowMajor } from './jobs.ts';
import { alignedAt, alignSubspaces, backProduct, planKnots, rowsJob, sideJob } from './knots.ts';
import { withSession, type OwnSession } from './session.ts';
import { eachGroup, matrixTensors } from './tensors.ts';

/** What the tasks have in common, as KnOTS sees it. */
export interface KnotsAlignment {
  /** By 2-D tensor: the kept singular values of [τ₁ | τ₂ | …], descending. */
  readonly singularValues: ReadonlyMap<string, readonly number[]>;
  /** U S Vₖ of each model: its task vectors inside the kept space; 0 in all other tensors. */
  readonly aligned: readonly Float32Array<ArrayBuffer>[];
}

/**
 * Subspace alignment of KnOTS: [τ₁ | τ₂ | …] = U S [V₁ | V₂ | …] of every 2-D tensor. Singular values
 * up to `eps` are dropped, and those below the rank cut of `decompose`.
 * Cost: one decomposition of m × (models · p) a tensor.
 * @param   operands base and models: f32[layout.length] each
 * @numeric singular values within 1e-6 √m σ₁ of float64
 * @errors  layout-mismatch, non-finite, aborted, and the executor's
 * @source  Stoica et al. 2025, arXiv:2410.19735; fusion_bench knots_utils.py
 */
export function alignKnots(
  executor: Executor,
  layout: ParameterLayout,
  operands: { readonly base: Float32Array; readonly models: readonly Float32Array[] },
  eps = 1e-4,
  signal?: AbortSignal,
): Promise<KnotsAlignment> {
  const align = async (session: OwnSession) => {
    const { base, models, allocate } = session;
    const singularValues = new Map<string, readonly number[]>();
    const results = models.map((_, k) => allocate(`aligned ${k}`, layout.length));
    await eachGroup(
      session,
      matrixTensors({ layout }),
      ({ entry }, take) => ({
        plan: planKnots(entry, take, models.length),
        out: take(entry.size),
      }),
      async (workspace, tensors, plans) => {
        const parts = tensors.flatMap(({ entry }, index) => {
          const found = plans[index];
          return found === undefined ? [] : [{ entry, ...found }];
        });
        const sides = models.flatMap((model, k) => {
          const jobs = parts.map(({ entry, plan }) => sideJob(entry, plan, k));
          return workspace.extract(model, base, jobs);
        });
        await workspace.run(sides);
        const kept = await alignSubspaces(
          workspace,
          parts.map(({ plan }) => plan),
          eps,
        );
        parts.forEach(({ entry }, index) => singularValues.set(entry.name, kept[index] ?? []));
        for (const [k, result] of results.entries()) {
          const products = parts.map(({ plan, out }, index) => {
            const count = kept[index]?.length ?? 0;
            return backProduct(plan, count, alignedAt(plan, k), rowMajor(out, plan.p));
          });
          const jobs = parts.map(({ entry, plan, out }) =>
            rowsJob(entry.offset, rowMajor(out, plan.p), plan.m, plan.p),
          );
          await workspace.run(workspace.products(products), workspace.finish(result, null, jobs));
        }
      },
    );
    const aligned: Float32Array<ArrayBuffer>[] = [];
    for (const result of results) aligned.push(await executor.readFloats(result));
    return { singularValues, aligned };
  };
  return withSession(executor, layout, operands, align, signal);
}
