import type { RandomStream } from '../../src/core/rng.ts';
import { chosenWeight, interval95, type UserChoice } from '../../src/lab/analysis/user-choice.ts';
import { meanAndError } from '../../src/rec/evaluation/metrics.ts';

/** A mean over contexts, each counting alike. */
export interface Estimate {
  readonly value: number;
  /** Over users, independent between contexts, with what was chosen taken as given. */
  readonly standardError: number;
  /** 95 %, over users drawn again, choices made anew in every draw. */
  readonly low: number;
  readonly high: number;
  /** Users. */
  readonly n: number;
}

/** What users are worth under a rule, in the order of both halves; drawn users may be named twice. */
export type Rule = (
  choice: UserChoice,
  halves: readonly [readonly number[], readonly number[]],
) => readonly number[];

/** So many ways to cut the users in two: one alone is luck. */
const SPLITS = 20;

/** Each half is measured at the weight that the other half chose. */
export const crossFitted: Rule = (choice, [first, second]) => {
  const [ofFirst, ofSecond] = [first, second].map((half) => chosenWeight(choice, half).place);
  return [...valuesAt(choice, ofSecond, first), ...valuesAt(choice, ofFirst, second)];
};

/** Everybody is measured at one weight. @throws where it was not tried */
export function atWeight(weight: number): Rule {
  return (choice, halves) => {
    const place = choice.weights.indexOf(weight);
    if (place < 0) throw new Error(`The weight ${String(weight)} was not tried.`);
    return halves.flatMap((half) => valuesAt(choice, place, half));
  };
}

function valuesAt(
  { values }: UserChoice,
  place: number | undefined,
  users: readonly number[],
): number[] {
  const own = values[place ?? NaN] ?? [];
  return users.map((user) => own[user] ?? NaN);
}

/** One context: what two rules are asked about, the same users in the same order. */
export interface Compared {
  readonly choice: UserChoice;
  readonly reference: UserChoice;
}

/**
 * What one rule is worth beyond another, paired by user. Halves are cut before users are drawn, so that
 * nobody who chooses is measured, also where somebody is drawn twice.
 * @param random the cuts, then the draws
 */
export function comparedRules(
  contexts: readonly Compared[],
  [rule, before]: readonly [Rule, Rule],
  draws: number,
  random: RandomStream,
): Estimate {
  const own = contexts.map((context) => {
    const users = new Float64Array(sizeOf(context));
    for (let split = 0; split < SPLITS; split++) {
      const halves = cut(users.length, random);
      const gains = gainsOf(context, [rule, before], halves);
      halves.flat().forEach((user, at) => {
        users[user] = (users[user] ?? 0) + (gains[at] ?? NaN) / SPLITS;
      });
    }
    return meanAndError([...users]);
  });
  const drawn = Array.from({ length: draws }, () =>
    meanOf(
      contexts.map((context) => {
        const [first, second] = cut(sizeOf(context), random);
        const halves = [again(first, random), again(second, random)] as const;
        return meanOf(gainsOf(context, [rule, before], halves));
      }),
    ),
  );
  const [low, high] = interval95(drawn);
  return {
    value: meanOf(own.map(({ value }) => value)),
    standardError:
      Math.sqrt(own.reduce((sum, one) => sum + one.standardError ** 2, 0)) / own.length,
    ...{ low, high },
    n: own.reduce((sum, { n }) => sum + n, 0),
  };
}

function gainsOf(
  { choice, reference }: Compared,
  [rule, before]: readonly [Rule, Rule],
  halves: readonly [readonly number[], readonly number[]],
): number[] {
  const less = before(reference, halves);
  return rule(choice, halves).map((value, at) => value - (less[at] ?? NaN));
}

function cut(n: number, random: RandomStream): readonly [number[], number[]] {
  const order = random.shuffle(Array.from({ length: n }, (_, user) => user));
  return [order.slice(0, n >> 1), order.slice(n >> 1)];
}

function again(users: readonly number[], random: RandomStream): number[] {
  return users.map(() => users[random.nextInt(users.length)] ?? NaN);
}

function sizeOf({ choice }: Compared): number {
  return choice.values[0]?.length ?? 0;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
