import type { AdapterProfile } from '../../compute/executor.ts';
import { formatBytes } from '../../compute/limits.ts';
import type { MemoryEstimate } from '../../nn/training/memory-estimate.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { DataFacts, MemoryNeed } from '../paradigms/contract/paradigm.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';

/**
 * What the experiment takes on an adapter, at most: all lengths that its histories may have are
 * planned for, whichever the data turn out to need.
 * @param facts what the inspected data say of the model's size
 * @errors limit-exceeded naming need and limit
 */
export function memoryNeedOf(
  experiment: Experiment,
  profile: AdapterProfile,
  facts: DataFacts = { behaviour: null },
): Promise<MemoryNeed> {
  return paradigmOf(experiment).memoryNeed(experiment, profile, facts);
}

/** Bytes that a run takes at most at a time: its parts take turns. */
export function largestNeed({ training, titles, texts }: MemoryNeed): number {
  return Math.max(0, ...[training, titles, texts].map((part) => part?.total ?? 0));
}

/**
 * "Training needs up to 12.6 MB of memory (largest buffer 4 MB; the adapter allows 1 GB a buffer).
 * Sampling titles needs up to 20 MB."
 */
export function describeNeed(need: MemoryNeed, profile: AdapterProfile): string {
  const { training, titles, texts } = need;
  const own = [
    training === null ? 'Nothing is trained.' : describeTraining(training, profile),
    ...(texts === undefined ? [] : [`Embedding texts needs up to ${formatBytes(texts.total)}.`]),
    ...(titles === null ? [] : [`Sampling titles needs up to ${formatBytes(titles.total)}.`]),
  ];
  return own.join(' ');
}

function describeTraining(training: MemoryEstimate, { kind }: AdapterProfile): string {
  const { total, largestBuffer, limit, microBatches } = training;
  const allowed =
    limit === null
      ? ''
      : kind === 'cpu'
        ? `; the CPU executor allows ${formatBytes(limit)}`
        : `; the adapter allows ${formatBytes(limit)} a buffer`;
  const split = microBatches > 1 ? ` A batch is trained in ${microBatches} parts.` : '';
  const largest = `largest buffer ${formatBytes(largestBuffer)}${allowed}`;
  return `Training needs up to ${formatBytes(total)} of memory (${largest}).${split}`;
}
