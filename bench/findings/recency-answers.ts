import type { UserChoice } from '../../src/lab/analysis/user-choice.ts';

/** What every user of one domain was worth under each weight, in percent of NDCG@10. */
export interface DomainAnswers {
  readonly domain: string;
  readonly users: readonly string[];
  readonly seeds: readonly number[];
  /** Mean over seeds. */
  readonly choice: UserChoice;
  /** The same of each seed. */
  readonly ofSeeds: readonly UserChoice[];
}

const COLUMNS = ['eval_domain', 'split', 'own', 'model', 'seed', 'user', 'ndcg@10'] as const;

/**
 * `users.csv` of one form of the study: velocity merges by their weight; of the cells the newest is 0, the
 * one before it −1.
 * @param stages the two newest, oldest first
 * @throws where a weight, a seed or a user is missing: nothing is filled in
 */
export function readAnswers(text: string, stages: readonly [string, string]): DomainAnswers[] {
  const [header = '', ...lines] = text.trim().split(/\r?\n/);
  const names = header.split(',');
  const places = COLUMNS.map((name) => names.indexOf(name));
  if (places.includes(-1)) throw new Error(`users.csv has no ${COLUMNS.join(', ')}.`);
  /** Of a domain, weight, seed: value by user. */
  const found = new Map<string, Map<number, Map<number, Map<string, number>>>>();
  for (const line of lines) {
    const cells = line.split(',');
    const [domain = '', split, own, model = '', seed = '', user = '', ndcg = ''] = places.map(
      (place) => cells[place],
    );
    const weight = weightOf(model, domain, stages);
    if (split !== 'test' || own !== '1' || weight === null) continue;
    const weights = into(found, domain, () => new Map<number, Map<number, Map<string, number>>>());
    const seeds = into(weights, weight, () => new Map<number, Map<string, number>>());
    into(seeds, Number(seed), () => new Map<string, number>()).set(user, Number(ndcg));
  }
  return [...found].map(([domain, weights]) => answersOf(domain, weights));
}

function weightOf(model: string, domain: string, [older, newest]: readonly [string, string]) {
  if (model === `${domain}/${newest}`) return 0;
  if (model === `${domain}/${older}`) return -1;
  const [, weight] = /^velocity (\S+) \(/.exec(model) ?? [];
  return weight === undefined ? null : Number(weight);
}

function answersOf(
  domain: string,
  found: ReadonlyMap<number, ReadonlyMap<number, ReadonlyMap<string, number>>>,
): DomainAnswers {
  const weights = [...found.keys()].sort((a, b) => a - b);
  const first = found.get(0);
  if (first === undefined) throw new Error(`${domain} has no model of its newest stage.`);
  const seeds = [...first.keys()].sort((a, b) => a - b);
  const users = [...([...first.values()][0]?.keys() ?? [])].sort();
  const valuesOf = (weight: number, seed: number): number[] => {
    const own = found.get(weight)?.get(seed);
    const values = users.map((user) => own?.get(user) ?? NaN);
    if (own?.size === users.length && values.every(Number.isFinite)) return values;
    throw new Error(`${domain}: weight ${weight} of seed ${seed} was not asked by the same users.`);
  };
  const ofSeeds = seeds.map((seed) => ({
    weights,
    values: weights.map((weight) => valuesOf(weight, seed)),
  }));
  const values = weights.map((_, at) =>
    users.map(
      (_user, user) =>
        ofSeeds.reduce((sum, one) => sum + (one.values[at]?.[user] ?? NaN), 0) / seeds.length,
    ),
  );
  return { domain, users, seeds, choice: { weights, values }, ofSeeds };
}

function into<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
