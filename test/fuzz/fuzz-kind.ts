import type { ErrorCode } from '../../src/core/errors.ts';
import type { RandomStream } from '../../src/core/rng.ts';

/** A file of an input; several belong together where the product reads several. */
export interface FuzzFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type FuzzInput = readonly FuzzFile[];

/** A sound input, by the name of its folder in the corpus. */
export interface FuzzSeed {
  readonly name: string;
  readonly input: FuzzInput;
}

/** Something that comes from outside, with the code that reads it. */
export interface FuzzKind {
  /** Of its folder in the corpus and on the command line. */
  readonly name: string;
  readonly reads: string;
  /** Codes of the errors that its readers may refuse with; any other is a finding. */
  readonly refuses: readonly ErrorCode[];
  /** What the corpus is written from; the corpus, not this, is what is mutated. */
  seeds(): Promise<readonly FuzzSeed[]>;
  /** A neighbour of a sound input that knows its structure; the stream alone decides which. */
  mutate(input: FuzzInput, random: RandomStream, others: readonly FuzzSeed[]): FuzzInput;
  /**
   * Reads an input as the product does and holds what comes out against what the product says of it.
   * @throws AppError where it is refused, BrokenPromise where it should have been
   */
  read(input: FuzzInput): Promise<void>;
}

/** An accepted value that is not what its reader says it is. */
export class BrokenPromise extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BrokenPromise';
  }
}

export function promise(isKept: boolean, message: string): void {
  if (!isKept) throw new BrokenPromise(message);
}

export function sizeOf(input: FuzzInput): number {
  return input.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

export function textFile(name: string, text: string): FuzzFile {
  return { name, bytes: new TextEncoder().encode(text) };
}

export function jsonFile(name: string, value: unknown): FuzzFile {
  return textFile(name, JSON.stringify(value));
}

/** What is no UTF-8 in it becomes U+FFFD: only for text that goes on to a mutator. */
export function textOf({ bytes }: FuzzFile): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

export function fileNamed(input: FuzzInput, name: string): FuzzFile {
  return input.find((file) => file.name === name) ?? { name, bytes: new Uint8Array(0) };
}

/** The input with one of its files, picked at random, replaced. */
export function withOneChanged(
  input: FuzzInput,
  random: RandomStream,
  change: (file: FuzzFile) => Uint8Array<ArrayBuffer>,
): FuzzInput {
  const place = random.nextInt(input.length);
  return input.map((file, at) => (at === place ? { ...file, bytes: change(file) } : file));
}
