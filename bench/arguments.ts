import { parseArgs } from 'node:util';
import { SIZES, type Size } from './suite.ts';
import { EXECUTORS, type BenchTask, type ExecutorName } from './task.ts';

export interface BenchArguments {
  readonly task: BenchTask;
  /** Where the results go; null = the default place. */
  readonly out: string | null;
}

/** Wrong use of the command line: exit code 2. */
export class BenchUsageError extends Error {}

const OPTIONS = {
  rounds: { type: 'string', default: '5' },
  executors: { type: 'string', default: 'webgpu,wasm' },
  threads: { type: 'string', default: '1,2' },
  sizes: { type: 'string', default: 'nano,small' },
  all: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  peers: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What both programs say of their options. */
export const OPTIONS_HELP = `
  --only NAME          suites whose name contains this, e.g. train-step or matmul
  --sizes LIST         of ${SIZES.join(', ')}             (default: nano,small)
  --all                all sizes; what would take too long is skipped with the reason
  --executors LIST     of ${EXECUTORS.join(', ')}         (default: webgpu,wasm)
  --threads LIST       numbers of threads for wasm        (default: 1,2)
  --peers              also jax-js and TensorFlow.js, in alternating rounds with ours
  --rounds N           timed rounds                       (default: 5)
  --profile            instead: milliseconds, GFLOP/s and GB/s of every kernel of the training steps
  --out FILE           where the JSON goes`;

/**
 * Reads the command line of `npm run bench` or of the Node bundle.
 * @param suites names that `--only` may match
 * @throws BenchUsageError naming what is wrong
 */
export function readBenchArguments(
  words: readonly string[],
  suites: readonly string[],
): BenchArguments | 'help' {
  const values = parse(words);
  if (values.help) return 'help';
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) {
    throw new BenchUsageError(`--rounds ${values.rounds}: must be a positive whole number.`);
  }
  if (!suites.some((name) => name.includes(values.only))) {
    throw new BenchUsageError(`--only ${values.only}: the suites are ${suites.join(', ')}.`);
  }
  const sizes: readonly Size[] = values.all ? SIZES : listOf('--sizes', values.sizes, SIZES);
  const executors: ExecutorName[] = listOf('--executors', values.executors, EXECUTORS);
  const threads = values.threads.split(',').map(Number);
  if (!threads.every((count) => Number.isInteger(count) && count >= 1 && count <= 64)) {
    throw new BenchUsageError(`--threads ${values.threads}: must be numbers from 1 to 64.`);
  }
  const task: BenchTask = {
    rounds,
    executors,
    threads,
    groups: ['webgpu', 'cpu'],
    sizes,
    filter: values.only,
    peers: values.peers,
    profile: values.profile,
  };
  return { task, out: values.out ?? null };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS }).values;
  } catch (error) {
    throw new BenchUsageError(error instanceof Error ? error.message : String(error));
  }
}

function listOf<T extends string>(option: string, text: string, known: readonly T[]): T[] {
  const words = text.split(',').map((word) => word.trim());
  const wrong = words.filter((word) => !known.some((name) => name === word));
  if (wrong.length > 0) {
    throw new BenchUsageError(`${option} ${wrong.join(',')}: must be of ${known.join(', ')}.`);
  }
  return known.filter((name) => words.includes(name));
}
