import type { ClickSample } from '../../../../rec/behaviour/behaviour-types.ts';
import { paradigmPlan } from '../../../experiment/paradigm-plans.ts';
import type { ClickDataArtefact } from '../../../results/artefacts.ts';
import { interactionTable, windowsOf, type DataTable } from '../../../work/data-table.ts';
import type { JobContext } from '../../../work/job-context.ts';
import { behaviourDataIn, clickDomainData, clicksOf, itemIdOf } from '../behaviour-source.ts';

/** Interactions, impressions of all windows, and what the items are called and described by. */
export function clickTables({ reports }: ClickDataArtefact, context: JobContext): DataTable[] {
  return reports.flatMap(({ domain, windows }) => [
    interactionsOf(context, domain),
    impressionTable(context, domain),
    itemTable(context, domain),
    {
      domain,
      name: 'windows',
      header: ['window', 'start_ms', 'end_ms', 'impressions', 'positives', 'users'],
      rows: windows.map((one) => [
        ...[one.name, finite(one.startMs), finite(one.endMs)],
        ...[one.samples, one.positives, one.users],
      ]),
    },
  ]);
}

function interactionsOf({ experiment, dataset }: JobContext, domain: string): DataTable {
  const plan = paradigmPlan(experiment, 'discriminative');
  const data = clickDomainData(experiment.contexts.filter, plan, dataset, domain);
  return interactionTable(data, windowsOf(experiment));
}

/** In the order in which models are asked; drawn candidates among them. */
function impressionTable(context: JobContext, domain: string): DataTable {
  const data = behaviourDataIn(context);
  const { train, test, userIds } = clicksOf(data, domain);
  const rowsOf = (window: string, samples: readonly ClickSample[]) =>
    samples.map(({ user, timeMs, candidate, label, history }, impression) => [
      ...[window, impression, userIds[user] ?? '', timeMs],
      ...[itemIdOf(data, domain, candidate), label, history.length],
    ]);
  const header = ['window', 'impression', 'user', 'time_ms', 'candidate', 'label', 'history'];
  const rows = [...train, ['test', test] as const].flatMap(([name, samples]) =>
    rowsOf(name, samples),
  );
  return { domain, name: 'impressions', header, rows };
}

function itemTable(context: JobContext, domain: string): DataTable {
  const { vocabulary } = behaviourDataIn(context);
  const { items, features } = vocabulary;
  const own = items.flatMap((name, row) => (name.startsWith(`${domain}/`) ? [row] : []));
  return {
    domain,
    name: 'items',
    header: ['item', ...features.map(({ name }) => `feature_${name}`)],
    rows: own.map((row) => [
      (items[row] ?? '').slice(domain.length + 1),
      ...features.map(({ values, ofItem }) => values[ofItem[row] ?? 0] ?? ''),
    ]),
  };
}

/** An open end has no number. */
function finite(timeMs: number): number | null {
  return Number.isFinite(timeMs) ? timeMs : null;
}
