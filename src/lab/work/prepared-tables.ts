import { cumulativeShares } from '../../rec/data/cumulative-share.ts';
import { interactionCharacteristics } from '../../rec/data/interaction-characteristics.ts';
import type { DomainData, Period } from '../../rec/data/types.ts';
import { period } from '../experiment/titles.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { PrepareArtefact } from '../results/artefacts.ts';
import { askedPositions, interactionTable, windowsOf, type DataTable } from './data-table.ts';
import { statisticsOf } from './inspect-data.ts';
import { testUsers } from './test-users.ts';

/** A filtered domain: its interactions and items, what the filter did, and its characteristics. */
export function preparedTables(
  experiment: Experiment,
  data: DomainData,
  report: PrepareArtefact,
): DataTable[] {
  const { domain } = data;
  const { minEarlier, test, validation } = experiment.contexts;
  const asking = [...(validation === null ? [] : [validation]), test].map(period);
  const asked = new Map(
    asking.map((window) => [window.name, askedPositions(data, window, { minEarlier })]),
  );
  return [
    interactionTable(data, windowsOf(experiment), asked),
    itemTable(data),
    {
      domain,
      name: 'filter',
      header: ['what', 'interactions', 'users', 'items'],
      rows: [
        ['before', report.before.interactions, report.before.users, report.before.items],
        ['without title', report.dropped.withoutTitle, null, null],
        ['before the start', report.dropped.beforeStart, null, null],
        ['rare', report.dropped.rare, null, null],
        ['of users with too few', report.dropped.shortUser, null, null],
        ['after', report.after.interactions, report.after.users, report.after.items],
      ],
    },
    {
      domain,
      name: 'characteristics',
      header: ['window', 'characteristic', 'value'],
      rows: asking.flatMap((window) => characteristicRows(experiment, data, window)),
    },
    periodTable(experiment, data),
    {
      domain,
      name: 'cumulative',
      header: ['month', 'share'],
      rows: cumulativeShares(data).map(({ month, share }) => [month, share]),
    },
  ];
}

/** The statistics that the page shows, of every stage and the test window. */
function periodTable(experiment: Experiment, data: DomainData): DataTable {
  const { domain, periods } = statisticsOf(experiment, data);
  return {
    domain,
    name: 'periods',
    header: ['period', 'interactions', 'users', 'items', 'samples', 'new_item_share'],
    rows: periods.map(({ name, interactions, users, items, samples, newItemShare }) => [
      name,
      interactions,
      users,
      items,
      samples,
      newItemShare,
    ]),
  };
}

function characteristicRows({ contexts, evaluation }: Experiment, data: DomainData, test: Period) {
  const { history, minEarlier } = contexts;
  const { samples } = testUsers(data, {
    test,
    sampling: { history, minEarlier },
    users: evaluation.maxUsers,
  });
  const stages = contexts.stages.map(period);
  const found = interactionCharacteristics(data, stages, test, samples);
  return [
    [test.name, 'newItemShare', found.newItemShare],
    [test.name, 'meanLogItemAge', found.meanLogItemAge],
    ...stages.map(({ name }, at) => [test.name, `share of ${name}`, found.stageShares[at] ?? 0]),
  ];
}

/** Titles and side features, as the data have them. */
function itemTable({ domain, itemIds, titles, features = {} }: DomainData): DataTable {
  const names = Object.keys(features);
  return {
    domain,
    name: 'items',
    header: ['item', 'item_title', ...names.map((name) => `feature_${name}`)],
    rows: itemIds.map((id, item) => [
      id,
      titles?.[item] ?? null,
      ...names.map((name) => features[name]?.[item] ?? ''),
    ]),
  };
}
