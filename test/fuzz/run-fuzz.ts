import { RandomStream } from '../../src/core/rng.ts';
import type { FuzzInput, FuzzKind, FuzzSeed } from './fuzz-kind.ts';
import { outcomeOf, type Finding } from './outcome.ts';

export interface FuzzRun {
  readonly seed: number;
  /** Index of the first input, and of the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Hears which input is about to be read: who watches from outside knows what it died of. */
  readonly onInput?: (index: number) => void;
}

export interface Found extends Finding {
  readonly index: number;
  readonly input: FuzzInput;
}

/** Counts of a kind; those of two runs are added up by `addTotals`. */
export interface FuzzTotals {
  readonly inputs: number;
  readonly accepted: number;
  /** By the error's code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Of the processor, all inputs together. */
  readonly totalMs: number;
  readonly slowestMs: number;
  readonly mostExtraBytes: number;
}

export const NO_TOTALS: FuzzTotals = {
  inputs: 0,
  accepted: 0,
  refused: {},
  totalMs: 0,
  slowestMs: 0,
  mostExtraBytes: 0,
};

/** Findings of one kind are kept once for each text that they have, numbers aside. */
const MOST_FOUND = 50;

/** The input of an index: a function of kind, corpus, seed and index, so that it can be had again. */
export function fuzzInput(
  kind: FuzzKind,
  corpus: readonly FuzzSeed[],
  seed: number,
  index: number,
): FuzzInput {
  const random = new RandomStream(seed, `fuzz ${kind.name} ${String(index)}`);
  const base = corpus[random.nextInt(corpus.length)];
  if (base === undefined) throw new Error(`The corpus of ${kind.name} is empty.`);
  return kind.mutate(base.input, random, corpus);
}

/** Reads the inputs of a range one by one. */
export async function runFuzz(
  kind: FuzzKind,
  corpus: readonly FuzzSeed[],
  { seed, from, to, onInput = () => undefined }: FuzzRun,
): Promise<{ readonly totals: FuzzTotals; readonly found: readonly Found[] }> {
  const refused = new Map<string, number>();
  const found = new Map<string, Found>();
  let accepted = 0;
  let totalMs = 0;
  let slowestMs = 0;
  let mostExtraBytes = 0;
  for (let index = from; index < to; index++) {
    const input = fuzzInput(kind, corpus, seed, index);
    onInput(index);
    const { result, finding, ms, extraBytes } = await outcomeOf(kind, input);
    totalMs += ms;
    slowestMs = Math.max(slowestMs, ms);
    mostExtraBytes = Math.max(mostExtraBytes, extraBytes);
    if (finding !== null) {
      const signature = signatureOf(finding);
      if (found.size < MOST_FOUND && !found.has(signature)) {
        found.set(signature, { ...finding, index, input });
      }
    } else if (result === 'accepted') accepted += 1;
    else refused.set(result, (refused.get(result) ?? 0) + 1);
  }
  const totals = { inputs: to - from, accepted, refused: Object.fromEntries(refused) };
  return { totals: { ...totals, totalMs, slowestMs, mostExtraBytes }, found: [...found.values()] };
}

/** The same for findings that differ in names and numbers of the input alone. */
export function signatureOf({ what, message }: Finding): string {
  const isMeasured = what === 'slow' || what === 'memory';
  return isMeasured ? what : `${what} ${message.replace(/\d+|"[^"]*"|'[^']*'/g, '…').slice(0, 80)}`;
}

export function addTotals(a: FuzzTotals, b: FuzzTotals): FuzzTotals {
  const codes = new Set([...Object.keys(a.refused), ...Object.keys(b.refused)]);
  return {
    inputs: a.inputs + b.inputs,
    accepted: a.accepted + b.accepted,
    refused: Object.fromEntries(
      [...codes].sort().map((code) => [code, (a.refused[code] ?? 0) + (b.refused[code] ?? 0)]),
    ),
    totalMs: a.totalMs + b.totalMs,
    slowestMs: Math.max(a.slowestMs, b.slowestMs),
    mostExtraBytes: Math.max(a.mostExtraBytes, b.mostExtraBytes),
  };
}
