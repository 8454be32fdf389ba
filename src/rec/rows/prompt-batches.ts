import { AppError } from '../../core/errors.ts';

export interface PromptBatch {
  /** Compiled prompt length. */
  readonly length: number;
  /** Indices into the prompts. */
  readonly samples: readonly number[];
}

export interface PromptRoom {
  /** Positions that follow a prompt. */
  readonly answer: number;
  readonly maxPositions: number;
  /** Most prompts of a batch. */
  readonly batchUsers: number;
}

/** Prompt lengths that are compiled; a prompt takes the smallest that holds it. */
const LENGTHS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;

/** Prompt lengths that prompts of up to `longest` tokens may be compiled to, the longest first. */
export function promptLengths(
  longest: number,
  { answer, maxPositions }: Pick<PromptRoom, 'answer' | 'maxPositions'>,
): number[] {
  const end = LENGTHS.findIndex((candidate) => candidate >= longest);
  const compiled = LENGTHS.slice(0, end < 0 ? LENGTHS.length : end + 1);
  return [...new Set(compiled.map((length) => Math.min(length, maxPositions - answer)))].reverse();
}

/**
 * Batches of prompts of similar length, the longest first: what they need the others fit into.
 * @errors limit-exceeded when a prompt and its answer do not fit the model
 */
export function promptBatches(
  prompts: readonly (readonly number[])[],
  { answer, maxPositions, batchUsers }: PromptRoom,
): PromptBatch[] {
  const groups = new Map<number, number[]>();
  prompts.forEach(({ length }, prompt) => {
    const compiled = LENGTHS.find((candidate) => candidate >= length);
    if (compiled === undefined || length + answer > maxPositions) {
      throw new AppError('limit-exceeded', `A history takes ${String(length)} tokens.`, {
        hint: `Shorten the history: the model holds ${String(maxPositions)} positions.`,
      });
    }
    const group = groups.get(compiled) ?? [];
    group.push(prompt);
    groups.set(compiled, group);
  });
  return [...groups]
    .sort(([a], [b]) => b - a)
    .flatMap(([compiled, samples]) => {
      const length = Math.min(compiled, maxPositions - answer);
      const count = Math.ceil(samples.length / batchUsers);
      return Array.from({ length: count }, (_, index) => ({
        length,
        samples: samples.slice(index * batchUsers, (index + 1) * batchUsers),
      }));
    });
}
