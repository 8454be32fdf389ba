import type { RankedList, Sample } from '../../../rec/data/types.ts';
import type { DrawRule } from '../../../rec/evaluation/draw-distances.ts';
import { popularityRecency } from '../../../rec/evaluation/popularity-recency.ts';
import { rankByTitles, type RankedByTitles } from '../../../rec/evaluation/rank-titles.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import { ownSettings } from '../../job/job-settings.ts';
import type { JobOf } from '../../job/job.ts';
import { deriveSeed, inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import { listLength } from '../../work/mask-history.ts';
import { inputTokenizer } from '../../work/text-tokens.ts';
import { openTextSpace, type TextSpace } from './text-space.ts';
import { titleFormat } from './title-format.ts';

/** Samples titles and grounds them on the nearest items, the history's left out. */
export async function rankTitles(
  job: JobOf<'evaluate'>,
  context: JobContext,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  return groundedTitles(job, context, samples, ({ lists }) => Promise.resolve(lists));
}

/** What titles were grounded with. */
export interface GroundedSpace extends TextSpace {
  readonly coefficients: Float64Array | null;
  readonly rule: DrawRule;
}

/** The same, with the titles and where items are, as long as both are there. */
export async function groundedTitles<Answer>(
  job: JobOf<'evaluate'>,
  context: JobContext,
  samples: readonly Sample[],
  use: (ranked: RankedByTitles, space: GroundedSpace) => Promise<Answer>,
): Promise<Answer> {
  const { settings, inputs } = job;
  const ranking = ownSettings(settings.paradigm, 'title');
  const { executor, signal, progress } = context;
  const { domain, test, batchUsers } = settings;
  const { halfLifeDays, gamma, unseen } = ranking;
  const data = context.domainData(domain);
  const tokenizer = await inputTokenizer(context, inputOf(inputs, 'tokenizer'));
  const model = await openInput(context, inputs.model);
  const { embedder, itemVectors } = await openTextSpace(job, ranking, context, tokenizer);
  const coefficients = ranking.rescale
    ? popularityRecency(data, { beforeMs: test.startMs, halfLifeDays, gamma, unseen })
    : null;
  const rule = { bandwidth: ranking.bandwidth ?? null };
  try {
    const ranked = await rankByTitles(
      executor,
      {
        config: { ...model.meta.config, maxPositions: ranking.positions + ranking.maxTokens },
        parameters: model.parameters,
        samples,
        format: titleFormat(tokenizer, data, ranking, vocabularyOf(model.meta.vocabulary)),
        titlesPerUser: ranking.samples,
        maxTokens: ranking.maxTokens,
        temperature: ranking.temperature,
        seed: deriveSeed(job.seed, `titles/${domain}`),
        decode: (tokens) => tokenizer.decode(tokens, { skipSpecialTokens: true }),
        embedder,
        itemVectors,
        coefficients,
        rule,
        maskHistory: settings.maskHistory === undefined,
        top: listLength(data, settings, samples),
        batchUsers,
      },
      {
        signal,
        onProgress: ({ phase, done, total }) => {
          if (phase === 'sample') progress(done, total, 'users');
        },
      },
    );
    return await use(ranked, { embedder, itemVectors, coefficients, rule });
  } finally {
    embedder.destroy();
  }
}
