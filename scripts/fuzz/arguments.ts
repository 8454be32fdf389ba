import { parseArgs } from 'node:util';

export interface FuzzArguments {
  /** Names of kinds; null for all. */
  readonly kinds: readonly string[] | null;
  /** null: as many of each kind as `COUNTS` says. */
  readonly inputs: number | null;
  readonly seed: number;
  readonly does: 'read' | 'write-table' | 'write-corpus';
}

/** Inputs of a kind in a full run; header bytes are the cheapest to read. */
const COUNTS: Readonly<Record<string, number>> = { safetensors: 100_000 };
const OTHERS = 20_000;

export function inputsOf(kind: string, { inputs }: FuzzArguments): number {
  return inputs ?? COUNTS[kind] ?? OTHERS;
}

export const USAGE = `npm run fuzz -- [options]

  --kind KIND,…    these kinds of input alone
  --inputs N       of each kind      (default: ${String(COUNTS['safetensors'])} safetensors, ${String(OTHERS)} of the others)
  --seed S         of the mutations  (default: 1)
  --write          keeps what came of these kinds in docs/fuzz.md and docs/fuzz.json
  --write-corpus   makes test/fuzz/corpus/ anew; nothing is read`;

/** @throws Error that says what is wrong with them */
export function readFuzzArguments(
  words: readonly string[],
  known: readonly string[],
): FuzzArguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      kind: { type: 'string' },
      inputs: { type: 'string' },
      seed: { type: 'string' },
      write: { type: 'boolean' },
      'write-corpus': { type: 'boolean' },
    },
  });
  const kinds = values.kind?.split(',').map((name) => name.trim()) ?? null;
  const unknown = kinds?.filter((kind) => !known.includes(kind)) ?? [];
  if (unknown.length > 0)
    throw new Error(`--kind ${unknown.join(',')}: there are ${known.join(', ')}.`);
  return {
    kinds,
    inputs: values.inputs === undefined ? null : whole('--inputs', values.inputs, 1),
    seed: values.seed === undefined ? 1 : whole('--seed', values.seed, 0),
    does:
      values['write-corpus'] === true
        ? 'write-corpus'
        : values.write === true
          ? 'write-table'
          : 'read',
  };
}

function whole(option: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number < 2 ** 31) return number;
  throw new Error(`${option} takes a whole number from ${String(least)} on.`);
}
