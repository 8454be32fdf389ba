import * as v from 'valibot';
import { told } from './schema-parts.ts';

/** How results are shown and written. Nothing of it is part of a job: it changes no number. */
export const resultsSchema = v.strictObject({
  reference: v.optional(
    told(
      'What every model is compared with, user by user, by its name in the results: ' +
        "co-occurrence, Games/phase2, or phase2 for each domain's own.",
      v.pipe(v.string(), v.minLength(1, 'must name a model')),
    ),
  ),
  users: v.optional(
    told(
      'Write what each user was answered, and the data behind it, into the out folder.',
      v.boolean(),
    ),
    true,
  ),
});
