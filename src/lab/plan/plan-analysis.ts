import { analysisWork } from '../jobs/analyses/analysis-work-list.ts';
import type { Planned } from '../jobs/analyses/analysis-work.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';

/** The `analysis` section: jobs that measure checkpoints or results which other jobs made. */
export async function planAnalyses(builder: PlanBuilder, planned: Planned): Promise<void> {
  const { analysis } = builder.experiment;
  const paradigm = paradigmOf(builder.experiment);
  for (const plan of analysis) {
    const work = analysisWork(plan.kind);
    if (work !== null) await work.plan(builder, plan, planned);
    else await paradigm.planAnalysis?.(builder, plan);
  }
}
