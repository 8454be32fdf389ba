import * as v from 'valibot';
import { defineAnalysis } from './analysis-kind.ts';
import { list } from './analysis-parts.ts';
import type { AnalysisTable } from './analysis-table.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** As `ClickMetrics`. */
const clickMetrics = v.object({
  auc: v.nullable(v.number()),
  gauc: v.nullable(v.number()),
  gaucLeftOut: count,
  gaucUsers: count,
  logLoss: v.number(),
  impressions: count,
  positives: count,
});

const stored = v.object({
  kind: v.literal('learning-curves'),
  curves: list(
    v.object({
      domain: v.string(),
      stage: v.string(),
      strategy: v.string(),
      epochs: list(v.object({ epoch: v.number(), train: clickMetrics, test: clickMetrics })),
    }),
  ),
});

type Value = v.InferOutput<typeof stored>;

/** Train and test metrics over epochs of every click model of a seed: the overfitting picture. */
export const learningCurves = defineAnalysis({
  kind: 'learning-curves',
  section: null,
  stored,
  tables: (value) => [epochTable(value)],
});

function epochTable({ curves }: Value): AnalysisTable {
  return {
    id: 'epochs',
    title: 'Metrics on training and test impressions after each epoch',
    header: [
      'domain',
      'stage',
      'strategy',
      'epoch',
      'train_auc',
      'test_auc',
      'test_gauc',
      'train_log_loss',
      'test_log_loss',
      'train_impressions',
      'test_impressions',
    ],
    rows: curves.flatMap(({ domain, stage, strategy, epochs }) =>
      epochs.map(({ epoch, train, test }) => [
        domain,
        stage,
        strategy,
        epoch,
        train.auc ?? '',
        test.auc ?? '',
        test.gauc ?? '',
        train.logLoss,
        test.logLoss,
        train.impressions,
        test.impressions,
      ]),
    ),
  };
}
