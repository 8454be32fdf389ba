import { RandomStream } from '../../src/core/rng.ts';
import {
  chosenWeight,
  resampledWeight,
  type UserChoice,
} from '../../src/lab/analysis/user-choice.ts';
import type { DomainAnswers } from './recency-answers.ts';
import {
  atWeight,
  comparedRules,
  crossFitted,
  type Estimate,
  type Rule,
} from './recency-choice.ts';
import { RECENCY_FORMS, type RecencyForm } from './recency-forms.ts';

/** One form, as it was run. */
export interface FormAnswers {
  readonly form: RecencyForm;
  readonly domains: readonly DomainAnswers[];
}

export interface FormRecord extends RecencyForm {
  readonly seeds: readonly number[];
  readonly contexts: readonly {
    readonly domain: string;
    readonly users: number;
    readonly weights: readonly number[];
    /** NDCG@10 in percent at each weight, mean over seeds and users. */
    readonly values: readonly number[];
    /** α of all users, and where 95 % of the draws of users have it. */
    readonly best: { readonly weight: number; readonly low: number; readonly high: number };
    /** Of α chosen by others over α = 0. */
    readonly gain: Estimate;
    /** The same with choice and measure of one seed alone. */
    readonly gainOfSeeds: readonly number[];
  }[];
  /** Mean of the domains. */
  readonly gain: Estimate;
  /** The plain mean of both stages (α = −0.5), which nobody chose, over each of them. */
  readonly mean: { readonly overOlder: Estimate; readonly overNewest: Estimate };
}

export interface RecencyRecord {
  readonly forms: readonly FormRecord[];
  /** α that all users of the earlier period found best, on the later one, over α = 0 there. */
  readonly transfers: readonly {
    readonly chain: string;
    readonly epochs: number;
    readonly weights: readonly number[];
    readonly gain: Estimate;
  }[];
  /** One chain minus another, in the later period; `chosen` takes α by other users, `newest` α = 0. */
  readonly pairs: readonly { readonly a: string; readonly b: string; readonly gain: Estimate }[];
}

const NEWEST = atWeight(0);
const MEAN = atWeight(-0.5);
const OLDER = atWeight(-1);
/** What is compared in the later period. */
const PAIRS = [
  ['averaged-8 newest', 'plain-8 newest'],
  ['averaged-8 newest', 'plain-8 chosen'],
  ['averaged-8 chosen', 'plain-8 chosen'],
  ['plain-2 newest', 'plain-8 newest'],
  ['plain-8 chosen', 'plain-2 newest'],
] as const;

/** What the study says, as a pure function of what users were worth. */
export function recencyRecord(answers: readonly FormAnswers[], draws: number): RecencyRecord {
  const formOf = (name: string) => answers.find(({ form }) => form.name === name);
  const gainOf = (
    a: readonly UserChoice[],
    b: readonly UserChoice[],
    rules: readonly [Rule, Rule],
    name: string,
    times = draws,
  ): Estimate => {
    const contexts = a.map((choice, at) => ({ choice, reference: b[at] ?? choice }));
    return comparedRules(contexts, rules, times, new RandomStream(0, `recency/${name}`));
  };
  const forms = answers.map(({ form, domains }): FormRecord => {
    const gain = (choices: readonly UserChoice[], name: string, times = draws) =>
      gainOf(choices, choices, [crossFitted, NEWEST], `${form.name}/${name}`, times);
    const all = domains.map(({ choice }) => choice);
    return {
      ...form,
      seeds: domains[0]?.seeds ?? [],
      contexts: domains.map(({ domain, users, choice, ofSeeds }) => {
        const random = new RandomStream(0, `recency/${form.name}/${domain}/best`);
        const { low, high } = resampledWeight(choice, draws, random);
        const { weight } = chosenWeight(choice, everyone(users.length));
        return {
          ...{ domain, users: users.length, weights: choice.weights },
          values: choice.values.map(meanOf),
          best: { weight, low, high },
          gain: gain([choice], domain),
          gainOfSeeds: ofSeeds.map((one, at) => gain([one], `${domain}/${String(at)}`, 1).value),
        };
      }),
      gain: gain(all, 'all'),
      mean: {
        overOlder: gainOf(all, all, [MEAN, OLDER], `${form.name}/over older`),
        overNewest: gainOf(all, all, [MEAN, NEWEST], `${form.name}/over newest`),
      },
    };
  });
  const transfers = RECENCY_FORMS.flatMap(({ chain, epochs, period }) => {
    const before = formOf(`${chain}-${String(epochs)}-earlier`)?.domains;
    const after = formOf(`${chain}-${String(epochs)}-later`)?.domains;
    if (period === 'earlier' || before === undefined || after === undefined) return [];
    const name = `transfer/${chain}-${String(epochs)}`;
    const each = after.map(({ domain, choice }) => {
      const own = before.find((one) => one.domain === domain);
      if (own === undefined) throw new Error(`${domain} is in one period alone.`);
      const { weight } = chosenWeight(own.choice, everyone(own.users.length));
      return { weight, choice: only(choice, weight), reference: choice };
    });
    const random = new RandomStream(0, `recency/${name}`);
    const gain = comparedRules(each, [crossFitted, NEWEST], draws, random);
    return [{ chain, epochs, weights: each.map(({ weight }) => weight), gain }];
  });
  const pairs = PAIRS.flatMap(([a, b]) => {
    const [one, other] = [a, b].map((side) => {
      const [name = '', rule] = side.split(' ');
      const domains = formOf(`${name}-later`)?.domains;
      return { domains, rule: rule === 'chosen' ? crossFitted : NEWEST };
    });
    if (one?.domains === undefined || other?.domains === undefined) return [];
    checkSameUsers(one.domains, other.domains);
    const [first, second] = [one.domains, other.domains].map((own) =>
      own.map(({ choice }) => choice),
    );
    const rules = [one.rule, other.rule] as const;
    return [{ a, b, gain: gainOf(first ?? [], second ?? [], rules, `${a} - ${b}`) }];
  });
  return { forms, transfers, pairs };
}

/** A choice with nothing to choose. */
function only({ weights, values }: UserChoice, weight: number): UserChoice {
  const place = weights.indexOf(weight);
  if (place < 0) throw new Error(`The weight ${String(weight)} was not tried.`);
  return { weights: [weight], values: [values[place] ?? []] };
}

function checkSameUsers(a: readonly DomainAnswers[], b: readonly DomainAnswers[]): void {
  const key = (domains: readonly DomainAnswers[]) =>
    JSON.stringify(domains.map(({ domain, users }) => [domain, users]));
  if (key(a) !== key(b)) throw new Error('Two chains were asked by other users.');
}

function everyone(n: number): number[] {
  return Array.from({ length: n }, (_, user) => user);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
