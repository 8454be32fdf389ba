import { lastRow, type Vocabulary } from '../../align-vocabulary.ts';

/** Ids below a vocabulary's largest that no token has. */
export function holesOf(vocabulary: Vocabulary): number[] {
  const size = lastRow(vocabulary) + 1;
  if (size === vocabulary.size) return [];
  const taken = new Set(vocabulary.values());
  return Array.from({ length: size }, (_, id) => id).filter((id) => !taken.has(id));
}

/**
 * The vocabulary with a name for every id below its largest: `<unused_8>`. An embedding has these
 * rows, and a result without them would have every later token one row too low.
 */
export function withNamedHoles(vocabulary: Vocabulary, holes: readonly number[]): Vocabulary {
  if (holes.length === 0) return vocabulary;
  const named = new Map(vocabulary);
  for (const id of holes) {
    let name = `<unused_${String(id)}>`;
    while (named.has(name)) name = name.replace('>', '_>');
    named.set(name, id);
  }
  return named;
}
