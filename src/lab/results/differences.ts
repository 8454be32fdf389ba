import { AppError } from '../../core/errors.ts';
import { studentT975 } from '../../core/student-t.ts';
import { clickInfluence } from '../../rec/ctr/click-influence.ts';
import {
  influenceDifference,
  influenceError,
  meanInfluence,
  rankInfluence,
  type Influence,
} from '../../rec/evaluation/influence.ts';
import type { Answers, Asked, RunAnswers } from './answers.ts';
import type { ResultRow } from './results.ts';

/** How much one model differs from the reference on the same users. */
export interface DifferenceRow extends Pick<
  ResultRow,
  'modelId' | 'model' | 'kind' | 'evalDomain' | 'evalPeriod' | 'split' | 'metric' | 'k' | 'own'
> {
  /** The model that is compared with, and its id. */
  readonly reference: string;
  readonly referenceId: string;
  /** null: of the mean over seeds. */
  readonly seed: number | null;
  readonly seeds: number;
  /** Model − reference, in the unit of the metric. */
  readonly difference: number;
  /** Over users, paired: √(n / (n − 1) · Σ u²) of what each user moves the difference by. */
  readonly standardError: number;
  /** Ends of the 95 % interval, Student's t with n − 1 degrees of freedom. */
  readonly low: number;
  readonly high: number;
  /** Users that both have answered. */
  readonly nUsers: number;
  /** Users that only one of them has answered; they are left out. */
  readonly unpaired: number;
}

/** A model on one context and a reference there, as they were paired. */
interface Paired {
  readonly model: Answers;
  readonly reference: Answers;
  readonly asked: Asked;
  readonly seed: number;
  readonly influences: readonly Influence[];
  readonly nUsers: number;
  readonly unpaired: number;
}

/**
 * Every model against the reference, on every context where both were measured, and where there are
 * several seeds their mean. The reference is called as in the results (`Games/phase2`,
 * `co-occurrence`), or by what stands for one model of each domain: a stage (`phase2`) or a merge
 * over periods. Seeds are compared with their own, with a baseline that has none all seeds.
 * @errors invalid-argument when nothing of the run has this name
 */
export function differencesTo(answers: RunAnswers, reference: string): DifferenceRow[] {
  if (answers.models.length === 0) return [];
  const asked = new Map(answers.asked.map((one) => [one.key, one]));
  const references = answers.models.filter((one) => isReference(one, reference, asked));
  if (references.length === 0) throw missingReference(reference, answers);
  const pairs = answers.models.flatMap((model) =>
    referencesOf(model, references, asked).flatMap((other) => paired(model, other, asked) ?? []),
  );
  const rows = pairs.map((pair) => rowsOf(pair, pair.influences, pair.seed, 1));
  return [...rows, ...meansOf(pairs)].flat();
}

/** Names that a reference may have: of models, and of what stands for one model a domain. */
export function referenceNames({ models, asked }: RunAnswers): string[] {
  const domains = asked.map(({ domain }) => domain);
  const names = models.flatMap(({ model }) => shortNames(model, domains).concat(model));
  return [...new Set(names)];
}

/** "phase2" of "Games/phase2", "velocity" of "velocity (Games)". */
export function shortNames(model: string, domains: readonly string[]): string[] {
  return domains.flatMap((domain) => {
    if (model.startsWith(`${domain}/`)) return [model.slice(domain.length + 1)];
    const suffix = ` (${domain})`;
    return model.endsWith(suffix) ? [model.slice(0, -suffix.length)] : [];
  });
}

function isReference(
  { model, asked: key }: Answers,
  name: string,
  asked: ReadonlyMap<string, Asked>,
): boolean {
  const domain = asked.get(key)?.domain;
  return model === name || (domain !== undefined && shortNames(model, [domain]).includes(name));
}

/** On the same context, of the same seed; a model of one seed meets, and a baseline serves, all. */
function referencesOf(
  model: Answers,
  references: readonly Answers[],
  asked: ReadonlyMap<string, Asked>,
): readonly Answers[] {
  const place = placeOf(asked.get(model.asked));
  const here = references.filter(
    (one) => one.type === model.type && placeOf(asked.get(one.asked)) === place,
  );
  if (here.includes(model)) return [];
  const own = here.filter(({ seed }) => seed === model.seed);
  return own.length > 0 ? own : here;
}

function placeOf(asked: Asked | undefined): string {
  return JSON.stringify([asked?.domain, asked?.period, asked?.split]);
}

/** Only users that both were asked for; null where there is none, or where impressions differ. */
function paired(
  model: Answers,
  reference: Answers,
  asked: ReadonlyMap<string, Asked>,
): Paired | null {
  const [own, other] = [asked.get(model.asked), asked.get(reference.asked)];
  if (own === undefined || other === undefined) return null;
  const known = new Set(other.users);
  const common = new Set(own.users.filter((user) => known.has(user)));
  const nUsers = common.size;
  if (nUsers === 0 || (own !== other && model.type === 'scores')) return null;
  const others = influencesOf(reference, other, common);
  const influences = influencesOf(model, own, common).flatMap((influence) => {
    const same = others.find(({ metric, k }) => metric === influence.metric && k === influence.k);
    return same === undefined ? [] : influenceDifference(influence, same);
  });
  const unpaired = new Set([...own.users, ...other.users]).size - nUsers;
  const seed = seedOf(model, reference);
  return { model, reference, asked: own, seed, influences, nUsers, unpaired };
}

/** A baseline that holds nothing random has seed 0, which is no reason to call a difference one of it. */
function seedOf(model: Answers, reference: Answers): number {
  if (model.kind !== 'baseline') return model.seed;
  return reference.kind === 'baseline' ? Math.max(model.seed, reference.seed) : reference.seed;
}

function influencesOf(
  answers: Answers,
  asked: Asked,
  wanted: ReadonlySet<string>,
): readonly Influence[] {
  if (answers.type === 'scores') {
    const all = clickInfluence(asked.users, asked.labels ?? [], answers.scores);
    return answers.isLogit ? all : all.filter(({ metric }) => metric !== 'log-loss');
  }
  const places = asked.users.flatMap((user, at) => (wanted.has(user) ? [at] : []));
  return rankInfluence(
    places.map((at) => asked.users[at] ?? ''),
    places.map((at) => answers.ranks[at] ?? 0),
    answers.cutoffs,
  );
}

function rowsOf(
  { model, reference, asked, nUsers, unpaired }: Paired,
  influences: readonly Influence[],
  seed: number | null,
  seeds: number,
): DifferenceRow[] {
  return influences.map((influence) => {
    const { metric, k, value } = influence;
    // GAUC has only the users with clicks and without.
    const n = metric === 'gauc' ? influence.users.size : nUsers;
    const standardError = influenceError(influence);
    const half = (studentT975(n - 1) ?? 0) * standardError;
    return {
      ...{ modelId: model.modelId, model: model.model, kind: model.kind, own: model.own },
      ...{ evalDomain: asked.domain, evalPeriod: asked.period, split: asked.split },
      ...{ metric, k, reference: reference.model, referenceId: reference.modelId, seed, seeds },
      ...{ difference: value, standardError, low: value - half, high: value + half },
      ...{ nUsers: n, unpaired },
    };
  });
}

/** Of a model with several seeds the mean of its differences, user by user. */
function meansOf(pairs: readonly Paired[]): DifferenceRow[][] {
  const groups = new Map<string, Paired[]>();
  for (const pair of pairs) {
    const { model } = pair;
    const key = JSON.stringify([model.model, model.kind, model.asked]);
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    const seeds = new Set(own.map(({ seed }) => seed)).size;
    if (first === undefined || seeds < 2) return [];
    const means = first.influences.flatMap(({ metric, k }) => {
      const all = own.flatMap(
        ({ influences }) => influences.find((one) => one.metric === metric && one.k === k) ?? [],
      );
      return all.length < own.length ? [] : (meanInfluence(all) ?? []);
    });
    return [rowsOf(first, means, null, seeds)];
  });
}

function missingReference(reference: string, answers: RunAnswers): AppError {
  return new AppError('invalid-argument', `Nothing in the results is called "${reference}".`, {
    hint: 'The results themselves are whole; only differences to a reference are missing.',
    faults: [
      { place: 'reference', message: `may be one of: ${referenceNames(answers).join(', ')}` },
    ],
  });
}
