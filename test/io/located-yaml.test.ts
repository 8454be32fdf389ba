import { describe, expect, it } from 'vitest';
import { readYaml, readYamlStream } from '../../src/io/yaml/located-yaml.ts';

type Faults = readonly { readonly place: string; readonly message: string }[];

function faultsOf(text: string): Faults {
  const result = readYaml(text);
  expect(result.ok).toBe(false);
  return result.ok ? [] : result.faults;
}

const nested = (open: string, close: string, depth: number): string =>
  `a: ${open.repeat(depth)}1${close.repeat(depth)}`;

describe('depth', () => {
  it.each([
    ['lists', '['.repeat(60_000)],
    ['mappings', '{'.repeat(60_000)],
    ['lists of lines', '- '.repeat(30_000)],
    ['keys', '? '.repeat(30_000)],
    ['closed lists', nested('[', ']', 20_000)],
    ['indented mappings', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['anchored lists', '&a ['.repeat(10_000)],
  ])('of %s is refused before anything is composed', (_, text) => {
    expect(faultsOf(text)).toEqual([
      { place: 'document', message: 'The document is nested too deeply.' },
    ]);
  });

  it('goes by collections inside one another, not by brackets in the text', () => {
    expect(readYaml(nested('[', ']', 60)).ok).toBe(true);
    expect(readYaml(nested('[', ']', 70)).ok).toBe(false);
    expect(readYaml(`a: "${'['.repeat(1000)}"\nb: [[1], [2]]`).ok).toBe(true);
    expect(
      readYaml(Array.from({ length: 500 }, (_, i) => `a${i}: [{ b: [1] }]`).join('\n')).ok,
    ).toBe(true);
  });
});

describe('faults of a whole document', () => {
  it.each([
    ['commas', `[${','.repeat(60_000)}]`],
    ['brackets that close nothing', ']'.repeat(60_000)],
    ['quotes', '"'.repeat(60_001)],
    ['escapes', `"${'\\x'.repeat(30_000)}"`],
    ['a key again and again', 'a: 1\n'.repeat(12_000)],
    ['keys that are lists', '? [a]\n'.repeat(10_000)],
  ])('are listed up to 20 and counted: %s', (_, text) => {
    const faults = faultsOf(text);
    expect(faults).toHaveLength(21);
    expect(faults[20]?.message).toMatch(/^\d+ faults more; these are the first\.$/);
    const first = faults.slice(0, 20);
    expect(first.every(({ place }) => /^(line \d+:\d+|document)$/.test(place))).toBe(true);
  });

  it('counts exactly', () => {
    const faults = faultsOf('a: 1\n'.repeat(31));
    expect(faults[0]).toEqual({ place: 'line 2:1', message: 'Map keys must be unique' });
    expect(faults.at(-1)?.message).toBe('10 faults more; these are the first.');
    expect(faultsOf('a: 1\n'.repeat(22))).toHaveLength(21);
    expect(faultsOf('a: 1\n'.repeat(22)).every(({ message }) => message.endsWith('unique'))).toBe(
      true,
    );
  });
});

describe('keys', () => {
  it('are unique in one mapping, not in the document', () => {
    expect(readYaml('a: { b: 1 }\nc: { b: 1 }').ok).toBe(true);
    expect(faultsOf('a:\n  b: 1\n  c: 2\n  b: 3')).toEqual([
      { place: 'line 4:3', message: 'Map keys must be unique' },
    ]);
  });

  it.each([
    ['a list', '? [a]\n: 1'],
    ['a mapping', '? { a: 1 }\n: 1'],
    ['a number', '1: a'],
    ['nothing', '~: a'],
  ])('are text, not %s', (_, text) => {
    expect(faultsOf(text)[0]?.message).toBe('A key must be text: quote it.');
  });

  it('named like parts of an object are keys like others', () => {
    const read = readYaml('__proto__: 1\nconstructor: 2');
    expect(read.ok && Object.keys(read.document.value as object)).toEqual([
      '__proto__',
      'constructor',
    ]);
  });
});

describe('documents', () => {
  it('are one where one is read; the place of the second is told', () => {
    expect(faultsOf('a: 1\n---\nb: 1')).toEqual([
      { place: 'line 2:1', message: 'Only one document is read: "---" begins another.' },
    ]);
  });

  it('are several in a stream, empty ones passed over', () => {
    const read = readYamlStream('---\na: 1\n---\n---\nb: 2\n');
    expect(read.ok && read.documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it.each(['', '\n\n', '# only a remark\n'])('that hold nothing are empty: %j', (text) => {
    for (const result of [readYaml(text), readYamlStream(text)]) {
      expect(result.ok ? '' : result.faults[0]?.message).toBe('The document is empty.');
    }
  });
});
