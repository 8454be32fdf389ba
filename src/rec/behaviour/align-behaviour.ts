import { AppError, type Fault } from '../../core/errors.ts';
import { entryOf, type ParameterLayout } from '../../core/layout.ts';
import {
  behaviourTable,
  featureTable,
  ITEM_EMBEDDINGS,
  type BehaviourConfig,
} from '../../nn/behaviour-model/behaviour-layout.ts';
import { checkVocabulary } from './behaviour-rows.ts';
import type { VocabularyNames } from './behaviour-types.ts';

/** A model and what the rows of its tables mean. */
export interface BehaviourCheckpoint {
  readonly config: BehaviourConfig;
  readonly vocabulary: VocabularyNames;
  /** Arena of `behaviourTable(config, false)`. */
  readonly parameters: Float32Array;
}

/** What became of the rows of a table, the unknown row 0 apart. */
export interface TableAlignment {
  /** `items`, or the name of a side feature. */
  readonly table: string;
  /** Rows that both have: they take the pretrained values. */
  readonly aligned: number;
  /** Rows that only the new vocabulary has: they keep their random start. */
  readonly new: number;
  /** Rows that only the pretrained vocabulary has. */
  readonly dropped: number;
}

export interface AlignedBehaviour {
  /** Arena of the target's `behaviourTable(config, false)`. */
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly tables: readonly TableAlignment[];
}

/** What `alignBehaviour` would report: items first, then features, the target's before others. */
export function alignVocabularies(
  pretrained: VocabularyNames,
  target: VocabularyNames,
): readonly TableAlignment[] {
  const count = (table: string, given: readonly string[], own: readonly string[]) => {
    const aligned = sameRows(given, own).filter(([row]) => row > 0).length;
    const rest = (values: readonly string[]) => Math.max(0, values.length - 1) - aligned;
    return { table, aligned, new: rest(own), dropped: rest(given) };
  };
  return [
    count('items', pretrained.items, target.items),
    ...featureNames(pretrained, target).map((name) =>
      count(name, valuesOf(pretrained, name), valuesOf(target, name)),
    ),
  ];
}

/**
 * A pretrained model over another vocabulary: rows of tables are found by item id and feature value,
 * everything else is copied. A feature that only one side has is new or dropped as a whole.
 * @param target its parameters are the random start of new rows
 * @errors layout-mismatch where the models differ in anything but their vocabularies
 */
export function alignBehaviour(
  pretrained: BehaviourCheckpoint,
  target: BehaviourCheckpoint,
): AlignedBehaviour {
  const source = layoutOf(pretrained);
  const layout = layoutOf(target);
  checkSizes(pretrained.config, target.config);
  const parameters = new Float32Array(target.parameters);
  const width = target.config.width;
  const align = (name: string, given: readonly string[], own: readonly string[]) => {
    const pairs = sameRows(given, own);
    if (pairs.length === 0) return;
    const from = entryOf(source, name).offset;
    const to = entryOf(layout, name).offset;
    for (const [row, other] of pairs) {
      const start = from + other * width;
      parameters.set(pretrained.parameters.subarray(start, start + width), to + row * width);
    }
  };
  align(ITEM_EMBEDDINGS, pretrained.vocabulary.items, target.vocabulary.items);
  const features = featureNames(pretrained.vocabulary, target.vocabulary);
  for (const name of features) {
    const [given, own] = [pretrained, target].map(({ vocabulary }) => valuesOf(vocabulary, name));
    align(featureTable(name), given ?? [], own ?? []);
  }
  const named = new Set([ITEM_EMBEDDINGS, ...features.map(featureTable)]);
  for (const { name, offset, size } of layout.entries) {
    if (named.has(name)) continue;
    const start = entryOf(source, name).offset;
    parameters.set(pretrained.parameters.subarray(start, start + size), offset);
  }
  return { parameters, tables: alignVocabularies(pretrained.vocabulary, target.vocabulary) };
}

/** [row of the target, row of the pretrained table] of what both have, row 0 included. */
function sameRows(
  given: readonly string[],
  own: readonly string[],
): [row: number, other: number][] {
  const rowOf = new Map(given.map((value, row) => [value, row]));
  return own.flatMap((value, row): [number, number][] => {
    const other = rowOf.get(value);
    return other === undefined ? [] : [[row, other]];
  });
}

/** Of both, the target's first. */
function featureNames(pretrained: VocabularyNames, target: VocabularyNames): string[] {
  const all = [target, pretrained].flatMap(({ features }) => features.map(({ name }) => name));
  return [...new Set(all)];
}

function valuesOf({ features }: VocabularyNames, name: string): readonly string[] {
  return features.find((one) => one.name === name)?.values ?? [];
}

function layoutOf({ config, vocabulary, parameters }: BehaviourCheckpoint): ParameterLayout {
  checkVocabulary(config, vocabulary);
  const { layout } = behaviourTable(config, false);
  if (parameters.length === layout.length) return layout;
  throw new AppError('layout-mismatch', 'The weights do not fit the model configuration.', {
    hint: 'Use the configuration that the weights were trained with. Nothing was aligned.',
  });
}

function checkSizes(pretrained: BehaviourConfig, target: BehaviourConfig): void {
  const faults: Fault[] = [];
  for (const key of ['width', 'layers', 'heads'] as const) {
    if (pretrained[key] === target[key]) continue;
    const message = `${String(pretrained[key])} pretrained, ${String(target[key])} needed`;
    faults.push({ place: key, message });
  }
  if (faults.length === 0) return;
  const what = faults.map(({ place, message }) => `${place}: ${message}`).join('; ');
  throw new AppError('layout-mismatch', `The pretrained model has another size (${what}).`, {
    hint: 'Only the vocabulary may differ. Pretrain with the same model section. Nothing was aligned.',
    faults,
  });
}
