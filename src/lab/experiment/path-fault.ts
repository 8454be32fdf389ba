import type { KeyPath } from '../../io/yaml/located-yaml.ts';

/** A fault of the document, before its path is turned into a line. */
export interface PathFault {
  readonly path: KeyPath;
  readonly message: string;
}

/** A fault for every value of a list that occurs a second time. */
export function repeats(values: readonly (string | number)[], path: KeyPath): PathFault[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) === index
      ? []
      : [{ path: [...path, index], message: `"${String(value)}" is named twice.` }],
  );
}
