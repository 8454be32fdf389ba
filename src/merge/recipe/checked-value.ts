import type { KeyPath } from '../../io/yaml/located-yaml.ts';
import { asBoolean } from './yaml-words.ts';
import { unknownName } from './similar-name.ts';

export interface PathFault {
  readonly path: KeyPath;
  readonly message: string;
}

type Entries = ReadonlyMap<string, CheckedValue>;

/**
 * A value of a document that is not trusted yet. Each question either gives what was asked for or
 * notes a fault at the value's place and gives null, so that one reading finds all faults.
 */
export class CheckedValue {
  readonly value: unknown;
  readonly path: KeyPath;
  private readonly faults: PathFault[];

  constructor(value: unknown, path: KeyPath, faults: PathFault[]) {
    this.value = value;
    this.path = path;
    this.faults = faults;
  }

  /** Notes a fault here. */
  refuse(message: string): null {
    this.faults.push({ path: this.path, message });
    return null;
  }

  /** Another value at the same place. */
  with(value: unknown): CheckedValue {
    return new CheckedValue(value, this.path, this.faults);
  }

  /**
   * A mapping's entries without those that are null; keys not among `allowed` are faults.
   * @param hintFor what to do about such a key, where there is more to say than its name
   */
  entries(
    allowed: readonly string[] | 'any',
    hintFor: (key: string) => string | null = () => null,
  ): Entries | null {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.refuse(`Must be a mapping of keys to values, not ${shown(value)}.`);
    }
    const result = new Map<string, CheckedValue>();
    for (const [key, entry] of Object.entries(value)) {
      const child = new CheckedValue(entry, [...this.path, key], this.faults);
      if (allowed !== 'any' && !allowed.includes(key)) {
        child.refuse(hintFor(key) ?? unknownName('key', key, allowed));
      } else if (entry !== null && entry !== undefined) {
        result.set(key, child);
      }
    }
    return result;
  }

  /** A list of 1 to `most` items. */
  items(most: number): readonly CheckedValue[] | null {
    const { value } = this;
    if (!Array.isArray(value)) return this.refuse(`Must be a list, not ${shown(value)}.`);
    if (value.length === 0) return this.refuse('Must not be empty.');
    if (value.length > most) {
      return this.refuse(`Has ${String(value.length)} entries; the limit is ${String(most)}.`);
    }
    return value.map(
      (item: unknown, index) => new CheckedValue(item, [...this.path, index], this.faults),
    );
  }

  text(mostChars: number): string | null {
    const { value } = this;
    if (typeof value !== 'string') return this.refuse(`Must be text, not ${shown(value)}.`);
    if (value.trim() === '') return this.refuse('Must not be empty.');
    if (value.length > mostChars) {
      return this.refuse(`Is longer than ${String(mostChars)} characters.`);
    }
    return value;
  }

  boolean(): boolean | null {
    return asBoolean(this.value) ?? this.refuse('Must be true or false.');
  }

  whole(low: number, high: number): number | null {
    const { value } = this;
    if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) {
      return value;
    }
    return this.refuse(`Must be a whole number from ${String(low)} to ${String(high)}.`);
  }

  choice<T extends string>(choices: readonly T[]): T | null {
    return (
      choices.find((choice) => choice === this.value) ??
      this.refuse(`Must be one of ${choices.join(', ')}.`)
    );
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}
