import type { RunRecord } from './run-info.ts';

/** `results.json`: everything of a run, exact (the CSV is lossy for text that looks like a formula). */
export function resultsJson(record: RunRecord): string {
  const document = {
    schema: 'mmgrid-results/1',
    run: record.info,
    rows: record.rows,
    reference: record.reference,
    differences: record.differences,
    searches: record.searches,
    jobs: record.jobs,
    ...(record.choices && { choices: record.choices }),
    log_history: record.curves.map((curve) => ({
      job: curve.title,
      step: curve.steps,
      loss: curve.losses,
      ...(curve.closeShares && { close_negatives: curve.closeShares }),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
