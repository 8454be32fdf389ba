import { AppError } from '../../core/errors.ts';

/** What a probe says of a model. */
export interface ProbeNumbers {
  /** Mean over users of the target's nats a code or token; null where no loss is defined. */
  readonly loss: number | null;
  /** Its standard error over users; null with the loss. */
  readonly lossError: number | null;
  /** Percent of users whose target comes first. */
  readonly recall1: number;
  readonly standardError: number;
  /** Users whose target comes first: none of them is a count, and has no error. */
  readonly hits: number;
  readonly users: number;
}

/** The same with every user's part: what is compared is compared on the same users. */
export interface ProbeAnswer extends ProbeNumbers {
  /** null where no loss is defined. */
  readonly losses: readonly number[] | null;
  readonly isHit: readonly boolean[];
}

/** A merge minus its parent, user by user. */
export interface ProbeChange {
  readonly loss: number | null;
  readonly lossError: number | null;
  readonly recall1: number;
  readonly recall1Error: number;
}

/**
 * @param losses by user; null where no loss is defined
 * @errors non-finite, invalid-argument without users
 */
export function probeAnswer(
  losses: readonly number[] | null,
  isHit: readonly boolean[],
): ProbeAnswer {
  const users = isHit.length;
  if (users === 0) throw new AppError('invalid-argument', 'A probe needs users.');
  if (losses !== null && !losses.every(Number.isFinite)) {
    throw new AppError('non-finite', 'The merged model gives values that are no numbers.', {
      hint: 'Nothing was stored. Use smaller weights.',
    });
  }
  const recall = meanOf(isHit.map((hit) => (hit ? 100 : 0)));
  const loss = losses === null ? null : meanOf(losses);
  return {
    loss: loss?.mean ?? null,
    lossError: loss?.error ?? null,
    recall1: recall.mean,
    standardError: recall.error,
    hits: isHit.filter(Boolean).length,
    ...{ users, losses, isHit },
  };
}

/** @errors invalid-argument for other users */
export function probeChange(merge: ProbeAnswer, parent: ProbeAnswer): ProbeChange {
  if (merge.users !== parent.users) {
    throw new AppError('invalid-argument', 'Probes of other users cannot be compared.');
  }
  const recall = meanOf(
    merge.isHit.map((hit, user) => (hit ? 100 : 0) - (parent.isHit[user] === true ? 100 : 0)),
  );
  const { losses } = parent;
  const loss =
    merge.losses === null || losses === null
      ? null
      : meanOf(merge.losses.map((value, user) => value - (losses[user] ?? NaN)));
  return {
    loss: loss?.mean ?? null,
    lossError: loss?.error ?? null,
    recall1: recall.mean,
    recall1Error: recall.error,
  };
}

/** Without the users' parts: what a page is told. */
export function numbersOf(answer: ProbeAnswer): ProbeNumbers {
  const { loss, lossError, recall1, standardError, hits, users } = answer;
  return { loss, lossError, recall1, standardError, hits, users };
}

/** The standard error of a mean over users; 0 of one user, of whom it cannot be known. */
function meanOf(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: count < 2 ? 0 : Math.sqrt(squares / (count - 1) / count) };
}
