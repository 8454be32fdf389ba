import type { ArtefactOf } from './analysis-result.ts';
import type { AnalysisTable } from './analysis-table.ts';

export function learningCurveTable({ curves }: ArtefactOf<'learning-curves'>): AnalysisTable {
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

export function scalingTables({ rungs, fits }: ArtefactOf<'scaling'>): AnalysisTable[] {
  const interval = (pair: readonly [number, number] | null) => pair ?? ['', ''];
  return [
    {
      id: 'ladder',
      title: 'Test metrics of each size',
      header: [
        'strategy',
        'layers',
        'width',
        'heads',
        'dense_parameters',
        'seed',
        'auc',
        'log_loss',
      ],
      rows: rungs.flatMap(({ strategy, layers, width, heads, denseParameters, seeds }) =>
        seeds.map(({ seed, auc, logLoss }) => [
          strategy,
          layers,
          width,
          heads,
          denseParameters,
          seed,
          auc ?? '',
          logLoss,
        ]),
      ),
    },
    {
      id: 'power-law',
      title: 'y = bound + coefficient · x^(−exponent), x the number of dense parameters',
      header: [
        'strategy',
        'metric',
        'n',
        'bound',
        'bound_low_95',
        'bound_high_95',
        'coefficient',
        'exponent',
        'exponent_low_95',
        'exponent_high_95',
        'r2',
        'reason',
      ],
      rows: fits.map(({ strategy, metric, fit }) =>
        fit.status === 'degenerate'
          ? [strategy, metric, fit.n, '', '', '', '', '', '', '', '', fit.reason]
          : [
              strategy,
              metric,
              fit.n,
              fit.bound,
              ...interval(fit.boundInterval),
              fit.coefficient,
              fit.exponent,
              ...interval(fit.exponentInterval),
              fit.r2 ?? '',
              '',
            ],
      ),
    },
  ];
}
