import * as v from 'valibot';
import { EVALUATION, ITEM_TRANSFORMER } from './experiment-defaults.ts';
import { sasrecSchema } from './sasrec-section.ts';
import { name, rate, real, told, whole } from './schema-parts.ts';

/** How models are measured, and what beside them. */
export const evaluationSchema = v.strictObject({
  beam: v.optional(
    told(
      'Paths that beam search keeps. 64 is what the selection kernel holds: a larger beam would ' +
        'fail after all the training.',
      whole(1, 64),
    ),
    EVALUATION.beam,
  ),
  cutoffs: v.optional(
    v.pipe(v.array(whole(1, 100)), v.minLength(1, 'needs at least one cut-off')),
    [...EVALUATION.cutoffs],
  ),
  maxUsers: v.optional(
    told(
      'Users of the test that a model is measured on; of more, these are drawn.',
      whole(1, 1_000_000),
    ),
    EVALUATION.maxUsers,
  ),
  hybrids: v.optional(
    told(
      'Models that are ranked with item-to-item co-occurrence, too, and so named: a stage, ' +
        'a merge, a search or base. The weight is chosen on the validation window; one that ' +
        'was chosen before, by a document whose test was that window, may be given: all ' +
        'stages are then trained on to their ends.',
      v.array(v.union([name, v.strictObject({ model: name, weight: real(0, 100) })])),
    ),
  ),
  crossMatrix: v.optional(
    told('Measure every cell on every domain.', v.boolean()),
    EVALUATION.crossMatrix,
  ),
  crossUsers: v.optional(
    told('The same where a model is measured on another domain.', whole(1, 1_000_000)),
    EVALUATION.crossUsers,
  ),
  baselines: v.optional(
    told('Most popular, popularity with recency, co-occurrence.', v.boolean()),
    EVALUATION.baselines,
  ),
  oracle: v.optional(
    told(
      "Of simulated data: what the generator's own probabilities reach, among the " + 'baselines.',
      v.boolean(),
    ),
  ),
  maskHistory: v.optional(
    told(
      'Whether items that a user took before, all of them, are no answers: for every model ' +
        'and baseline alike, the other number beside it. Left out: titles and embeddings mask ' +
        'the history that they read, semantic ids and baselines mask nothing.',
      v.boolean(),
    ),
  ),
  batchUsers: v.optional(whole(1, 4096), EVALUATION.batchUsers),
  itemTransformer: v.optional(
    told(
      "The experiment's own model over item ids, trained on all stages at once and as its " +
        'stages are: what ids of codes add to that model. A baseline to beat is sasrec. ' +
        'Beside an imported base it has default sizes: those of the files suit a model that ' +
        'was trained on much text, not one that starts from nothing with few interactions.',
      v.strictObject({
        epochs: v.optional(whole(1, 1000), ITEM_TRANSFORMER.epochs),
        learningRate: v.optional(rate, ITEM_TRANSFORMER.learningRate),
      }),
    ),
  ),
  sasrec: v.optional(
    told(
      'SASRec, trained as well as it can be whatever the document trains: the baseline to ' +
        'beat.',
      sasrecSchema,
    ),
  ),
});
