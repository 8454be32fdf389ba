import { FaultList } from '../../io/fault-list.ts';
import type { BehaviourTables } from '../../nn/behaviour-model/behaviour-layout.ts';
import type { VocabularyNames } from './behaviour-types.ts';

/**
 * The content of a vocabulary.json, checked against the sizes of the tables that it names.
 * @errors data-invalid naming what is wrong: no lists of names, another length than the table, a row
 *   0 that is not '', a name that stands twice
 */
export function readVocabulary(
  json: Readonly<Record<string, unknown>>,
  { items, features }: Pick<BehaviourTables, 'items' | 'features'>,
): VocabularyNames {
  const faults = new FaultList();
  const given: readonly unknown[] = Array.isArray(json['features']) ? json['features'] : [];
  const named = given.map((one) => (isRecord(one) ? one : {}));
  const vocabulary = {
    items: readNames(json['items'], { place: 'items', rows: items, faults }),
    features: features.map(({ name, values }) => {
      const found = named.find((one) => one['name'] === name)?.['values'];
      return { name, values: readNames(found, { place: `feature ${name}`, rows: values, faults }) };
    }),
  };
  if (given.length !== features.length) {
    const counts = `${String(given.length)} features, config.json has ${String(features.length)}`;
    faults.add('vocabulary.json features', counts);
  }
  if (faults.total === 0) return vocabulary;
  throw faults.toError(
    'data-invalid',
    'vocabulary.json does not name the rows of the model’s tables.',
    'Take all files from one export. Nothing was loaded.',
  );
}

function readNames(
  value: unknown,
  { place, rows, faults }: { place: string; rows: number; faults: FaultList },
): readonly string[] {
  const add = (message: string) => {
    faults.add(`vocabulary.json ${place}`, message);
  };
  if (!isNames(value)) {
    add('must be a list of names');
    return [];
  }
  if (value.length !== rows) {
    add(`${String(value.length)} names, config.json has ${String(rows)} rows`);
  }
  if (value[0] !== '') add('row 0 must be "", which stands for unknown');
  const seen = new Set<string>();
  const twice = value.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) add(`"${twice}" stands twice`);
  return value;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
