import {
  metricFacts,
  metricName,
  metricText,
  type MetricAt,
  type ResultMetric,
} from '../results/result-metrics.ts';
import { shownError } from '../results/results.ts';
import type { HeatMatrix } from './heat-svg.ts';
import type { Pivot } from './pivot.ts';
import type { RunRecord } from './run-info.ts';

type Cell = HeatMatrix['rows'][number]['cells'][number];

const EMPTY: Cell = { value: Number.NaN, text: '–', outlined: false };

/** Models × contexts, the own context of each model outlined. */
export function pivotMatrix(table: Pivot): HeatMatrix {
  return {
    title: 'Every model on every test context',
    columns: table.contexts,
    rows: table.rows.map((row) => ({
      name: row.model,
      cells: row.cells.map((cell) =>
        cell === null
          ? EMPTY
          : {
              value: cell.value,
              text: metricText(table.metric, cell.value),
              outlined: cell.own,
            },
      ),
    })),
    ...scaleOf(table.metric),
  };
}

/** Rankings from 0; AUC and log loss, whose values lie close together, over what there is. */
function scaleOf(metric: ResultMetric): Pick<HeatMatrix, 'scale' | 'lowerIsBetter'> {
  const { better } = metricFacts(metric);
  const isRanking = metric === 'recall' || metric === 'ndcg' || metric === 'mrr';
  return { scale: isRanking ? 'from-zero' : 'range', lowerIsBetter: better === 'lower' };
}

/**
 * Domains × stages: each cell's metric on its own context, of the lowest seed. Null when the plan
 * has no grid cells.
 */
export function gridMatrix(record: RunRecord, { metric, k }: MetricAt): HeatMatrix | null {
  const cells = record.jobs.flatMap((job) =>
    job.cell !== null ? [{ ...job.cell, id: job.id, seed: job.seed }] : [],
  );
  if (cells.length === 0) return null;
  const seed = Math.min(...cells.map((cell) => cell.seed));
  const domains = [...new Set(cells.map((cell) => cell.domain))];
  const stages = [...new Set(cells.map((cell) => cell.stage))];
  const valueOf = (domain: string, stage: string): Cell => {
    const cell = cells.find(
      (one) => one.domain === domain && one.stage === stage && one.seed === seed,
    );
    const row = record.rows.find(
      (one) =>
        one.modelId === cell?.id &&
        one.evalDomain === domain &&
        one.metric === metric &&
        one.k === k &&
        one.split === 'test',
    );
    if (row === undefined) return EMPTY;
    const text = `${metricText(metric, row.value)} ± ${metricText(metric, shownError(row))}`;
    return { value: row.value, text, outlined: false };
  };
  return {
    title: `Grid of domains and stages: ${metricName(metric, k)} on the own test context`,
    ...scaleOf(metric),
    columns: stages,
    rows: domains.map((domain) => ({
      name: domain,
      cells: stages.map((stage) => valueOf(domain, stage)),
    })),
  };
}
