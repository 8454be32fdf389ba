import { writeCsv } from '../../io/csv-write.ts';
import { period } from '../experiment/titles.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { jobModule } from '../jobs/job-list.ts';
import { planDigest } from '../inspection/inspect-experiment.ts';
import { planExperiment } from '../plan/plan.ts';
import { jobContexts } from '../run/job-contexts.ts';
import type { RunOptions } from '../run/run-options.ts';

/** One file of the folder `data/`. */
export interface RunDataFile {
  /** null: of all domains. */
  readonly domain: string | null;
  /** `interactions.csv`. */
  readonly name: string;
  readonly text: string;
}

/**
 * The data that a finished run's results stand on, as they were filtered, split and drawn, with the
 * protocol that says how: enough to compute every number again without this program.
 * @errors checkpoint-missing, checkpoint-corrupt; those of the data
 */
export async function runData(
  options: Pick<RunOptions, 'experiment' | 'dataset' | 'executor' | 'store' | 'imported' | 'now'>,
): Promise<RunDataFile[]> {
  const { experiment, dataset } = options;
  const plan = await planExperiment(experiment, await planDigest(experiment, dataset));
  const { signal } = new AbortController();
  const nothing = () => undefined;
  const contextOf = jobContexts(plan, { ...options, signal, emit: nothing }, nothing);
  const files: RunDataFile[] = [
    {
      domain: null,
      name: 'protocol.json',
      text: `${JSON.stringify(protocolOf(experiment), null, 2)}\n`,
    },
  ];
  for (const job of plan.jobs) {
    for (const table of await jobModule(job.kind).tables(job, contextOf(job))) {
      const { domain, name, header, rows } = table;
      files.push({ domain, name: `${name}.csv`, text: writeCsv(header, rows) });
    }
  }
  return files;
}

/** What decides who is asked and how answers are counted; times are ms UTC, windows half-open. */
function protocolOf({ name, paradigm, contexts, evaluation, results, seeds }: Experiment) {
  const { domains, stages, validation, test, filter, history, minEarlier } = contexts;
  return {
    schema: 'mmgrid-protocol/1',
    name,
    paradigm: paradigm.kind,
    domains,
    stages: stages.map(period),
    validation: validation === null ? null : period(validation),
    test: period(test),
    filter,
    history,
    minEarlier,
    cutoffs: evaluation.cutoffs,
    maskHistory: evaluation.maskHistory ?? null,
    maxUsers: evaluation.maxUsers,
    crossUsers: evaluation.crossUsers,
    reference: results.reference ?? null,
    seeds,
  };
}
