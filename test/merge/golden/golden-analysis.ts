import { angleMatrix, cosineMatrix } from '../../../src/merge/analysis/task-vector-summary.ts';
import { taskVectorTable } from '../../../src/merge/analysis/task-vectors.ts';
import type { TensorStatistics } from '../../../src/merge/analysis/task-vector-table.ts';
import { operandsOf, type GoldenRunner } from './golden-cases.ts';

type Summary = (tensors: readonly TensorStatistics[]) => number[][];

function runner(output: string, summary: Summary): GoldenRunner {
  return async (executor, file, golden) => {
    const { layout, models, base } = operandsOf(file, golden);
    if (base === null) throw new Error(`${golden.id} has no base.`);
    const { tensors } = await taskVectorTable(executor, layout, { base, models });
    return { [output]: summary(tensors).flat() };
  };
}

/** Cases that measure task vectors instead of merging them. */
export const ANALYSIS_RUNNERS: Readonly<Record<string, GoldenRunner>> = {
  task_vector_cosine: runner('cosine', cosineMatrix),
  task_vector_angle_deg: runner('angle_deg', angleMatrix),
};
