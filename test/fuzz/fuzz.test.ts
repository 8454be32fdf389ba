import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { corpusOf, MOST_CORPUS_BYTES, packedFiles, reproducers, unpackedFiles } from './corpus.ts';
import { BrokenPromise, sizeOf, textFile, type FuzzInput, type FuzzKind } from './fuzz-kind.ts';
import { FUZZ_KINDS } from './kind-list.ts';
import { minimised } from './minimise.ts';
import { outcomeOf } from './outcome.ts';
import { fuzzInput, runFuzz } from './run-fuzz.ts';

/** A short run of every kind; `npm run fuzz` reads a hundred times as many. */
const INPUTS: Readonly<Record<string, number>> = { safetensors: 1000, links: 500 };
const OTHERS = 15;
/** Refused though nothing was done to it: a bomb. */
const REFUSED: Readonly<Record<string, string>> = { 'zeros-gz': 'limit-exceeded' };

describe.each(FUZZ_KINDS)('$name', (kind) => {
  const corpus = corpusOf(kind.name);

  test('reads what nothing was done to', async () => {
    expect(corpus.length).toBeGreaterThan(0);
    for (const { name, input } of corpus) {
      const { result, finding } = await outcomeOf(kind, input);
      expect({ name, result, finding }).toEqual({
        name,
        result: REFUSED[name] ?? 'accepted',
        finding: null,
      });
    }
  });

  test('gives values or errors of its own for what was mutated', async () => {
    const { totals, found } = await runFuzz(kind, corpus, {
      ...{ seed: 7, from: 0, to: INPUTS[kind.name] ?? OTHERS },
    });
    expect(found.map(({ what, message, index }) => ({ what, message, index }))).toEqual([]);
    const refused = Object.values(totals.refused).reduce((sum, count) => sum + count, 0);
    expect(totals.accepted + refused).toBe(totals.inputs);
    expect(refused).toBeGreaterThan(0);
  });
});

describe('a small safetensors file', () => {
  const bytes = corpusOf('safetensors').find(({ name }) => name === 'three-types')?.input[0]?.bytes;
  const whole = bytes ?? new Uint8Array(0);
  const dataStart = 8 + Number(whole[0]);
  const isAppError = (changed: Uint8Array<ArrayBuffer>): boolean => {
    try {
      readSafetensors(changed, 'x');
      return false;
    } catch (error) {
      if (error instanceof AppError) return true;
      throw error;
    }
  };

  test('is refused when it is cut, wherever', () => {
    expect(dataStart).toBeGreaterThan(100);
    const read = Array.from(whole, (_, length) => isAppError(whole.slice(0, length)));
    expect(read.filter((isRefused) => !isRefused)).toEqual([]);
  });

  test('is refused or read after any flip of one bit of its header', () => {
    let refused = 0;
    for (let bit = 0; bit < 8 * dataStart; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3] = Number(flipped[bit >> 3]) ^ (1 << (bit & 7));
      if (isAppError(flipped)) refused += 1;
    }
    // Names of tensors may be any, and types of one width change into each other.
    expect(refused).toBeGreaterThan(0.8 * 8 * dataStart);
  });
});

test('the corpus is small', () => {
  const inputs = FUZZ_KINDS.flatMap(({ name }) => corpusOf(name));
  const bytes = inputs.reduce((sum, { input }) => sum + sizeOf(input), 0);
  expect(bytes).toBeLessThan(MOST_CORPUS_BYTES);
});

test.each(reproducers())('once found: $name', async ({ kind: name, files, now }) => {
  const kind = FUZZ_KINDS.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`There is no kind ${name}.`);
  expect(await outcomeOf(kind, unpackedFiles(files))).toMatchObject({ result: now, finding: null });
});

describe('the fuzzer', () => {
  const kindOf = (read: (input: FuzzInput) => void): FuzzKind => ({
    name: 'a-test',
    reads: 'nothing',
    refuses: ['data-invalid'],
    seeds: () => Promise.resolve([]),
    mutate: (input, random) => [...input, textFile('more', String(random.nextInt(1000)))],
    read: async (input) => {
      await Promise.resolve();
      read(input);
    },
  });
  const input = [textFile('a', 'nothing of it matters but the <mark> in it'), textFile('b', 'x')];
  const found = async (read: () => void) => (await outcomeOf(kindOf(read), input)).finding?.what;

  test('finds what is no error of ours, what is another one, and what breaks a promise', async () => {
    const throwing = (error: Error) => () => {
      throw error;
    };
    expect(await found(throwing(new TypeError('x')))).toBe('threw');
    expect(await found(throwing(new AppError('internal', 'x')))).toBe('threw');
    expect(await found(throwing(new BrokenPromise('x')))).toBe('broke a promise');
    expect(await found(throwing(new AppError('not-found', 'x')))).toBe('broke a promise');
    expect(await found(throwing(new AppError('data-invalid', '')))).toBe('broke a promise');
    expect(await found(throwing(new AppError('data-invalid', 'x')))).toBeUndefined();
    expect(await found(() => undefined)).toBeUndefined();
  });

  test('finds a prototype that was changed, and changes it back', async () => {
    const what = await found(() => {
      Reflect.set(Object.prototype, 'polluted', 1);
    });
    expect(what).toBe('polluted');
    expect('polluted' in {}).toBe(false);
  });

  test('finds what takes long each time', async () => {
    const busy = (): void => {
      const start = process.cpuUsage();
      while (process.cpuUsage(start).user < 55_000) /* on purpose */ ;
    };
    expect(await found(busy)).toBe('slow');
    let times = 0;
    const once = (): void => {
      times += 1;
      if (times === 1) busy();
    };
    expect(await found(once)).toBeUndefined();
  });

  test('finds what takes memory', async () => {
    const kept: Uint8Array[] = [];
    expect(await found(() => kept.push(new Uint8Array(70 * 2 ** 20)))).toBe('memory');
  });

  test('makes the same inputs again, and a finding smaller', async () => {
    const kind = kindOf(([file]) => {
      if (file !== undefined && new TextDecoder().decode(file.bytes).includes('<mark>')) {
        throw new TypeError(`at ${String(file.bytes.length)}`);
      }
    });
    const corpus = [{ name: 'one', input }];
    expect(fuzzInput(kind, corpus, 3, 5)).toEqual(fuzzInput(kind, corpus, 3, 5));
    expect(fuzzInput(kind, corpus, 3, 5)).not.toEqual(fuzzInput(kind, corpus, 4, 5));
    const run = await runFuzz(kind, corpus, { seed: 3, from: 0, to: 4 });
    expect(run.found).toHaveLength(1);
    const [finding] = run.found;
    if (finding === undefined) throw new Error('nothing was found');
    expect(packedFiles(await minimised(kind, finding.input, finding))).toEqual({ a: '<mark>' });
  });

  test('keeps the bytes of a finding, text or not', () => {
    const odd = [textFile('a', 'é\u{feff}'), { name: 'b', bytes: Uint8Array.of(0xff, 0) }];
    const packed = packedFiles(odd);
    expect(packed).toEqual({ a: 'é\u{feff}', b: 'base64:/wA=' });
    expect(unpackedFiles(packed)).toEqual(odd);
  });
});
