import type { Timing } from '../result.ts';
import { summarise } from '../statistics.ts';
import type { FileCase } from './file-cases.ts';
import type { FileSize } from './model-shapes.ts';
import type { ProgramRun } from './run-program.ts';

export const FILES_SCHEMA = 'mmgrid-bench-files/1';

type Spread = Omit<Timing, 'repeats'>;

/** What was measured of one case. */
export interface FilesResult {
  readonly case: string;
  readonly engine: FileCase['engine'];
  readonly inputs: number;
  /** Ours: from the command's start to its end. Of the others the work alone, by their own clock. */
  readonly seconds: Spread;
  /** Of that, what the merge itself says it took; the rest is the start of Node and the checks. */
  readonly workSeconds: number;
  /** Medians, all threads of the process together. */
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** The most resident memory of any round, by the operating system. */
  readonly peakBytes: number;
  /** Times the median of the copy of as many inputs; null for a copy. */
  readonly timesCopy: number | null;
  /** Times the median of our linear merge; null for copies and peers. */
  readonly timesLinear: number | null;
}

/** A file of `bench/results` made by `--only files`. */
export interface FilesRecord {
  readonly schema: typeof FILES_SCHEMA;
  readonly date: string;
  readonly version: string;
  /** Of the sources; older records lack it. */
  readonly commit?: string;
  readonly platform: string;
  readonly machine: {
    readonly processors: number;
    readonly processor: string;
    readonly memoryBytes: number;
    /** Processes that waited for a processor, over the last minute, at the start of each round. */
    readonly load: readonly number[];
  };
  readonly size: FileSize;
  /** Of one checkpoint. */
  readonly inputBytes: number;
  readonly rounds: number;
  readonly results: readonly FilesResult[];
}

/** Puts the rounds of all cases together. */
export function resultsOf(
  measured: ReadonlyMap<FileCase, readonly ProgramRun[]>,
): readonly FilesResult[] {
  const timed = [...measured].map(([one, runs]) => {
    const rounds = runs.map(({ wallSeconds, workSeconds }) =>
      one.engine === 'ours' ? wallSeconds : (workSeconds ?? Number.NaN),
    );
    return { one, runs, seconds: { ...summarise(rounds), rounds } };
  });
  const medianOf = (isWanted: (one: FileCase) => boolean): number | null =>
    timed.find(({ one }) => isWanted(one))?.seconds.median ?? null;
  const linear = medianOf(({ engine, name }) => engine === 'ours' && name === 'linear x 2');
  return timed.map(({ one, runs, seconds }) => {
    const { engine, inputs } = one;
    const copy = medianOf((other) => other.engine === 'copy' && other.inputs === inputs);
    const median = (pick: (run: ProgramRun) => number) => summarise(runs.map(pick)).median;
    return {
      ...{ case: one.name, engine, inputs, seconds },
      workSeconds: median((run) => run.workSeconds ?? Number.NaN),
      userSeconds: median((run) => run.userSeconds),
      systemSeconds: median((run) => run.systemSeconds),
      peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
      timesCopy: engine === 'copy' || copy === null ? null : seconds.median / copy,
      timesLinear: engine !== 'ours' || linear === null ? null : seconds.median / linear,
    };
  });
}

/** The table of a record, in Markdown. */
export function filesTable({ results }: Pick<FilesRecord, 'results'>): string {
  const head =
    '| case | engine | seconds | min…max | work alone | CPU s | peak MB | × copy | × linear |';
  const rule = '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |';
  const times = (ratio: number | null) => (ratio === null ? '' : ratio.toFixed(2));
  const rows = results.map((result) => {
    const { seconds, workSeconds, userSeconds, systemSeconds, peakBytes } = result;
    const cells = [
      ...[result.case, result.engine, seconds.median.toFixed(2)],
      `${seconds.min.toFixed(2)}…${seconds.max.toFixed(2)}`,
      workSeconds.toFixed(2),
      `${userSeconds.toFixed(1)} + ${systemSeconds.toFixed(1)}`,
      (peakBytes / 1e6).toFixed(0),
      ...[times(result.timesCopy), times(result.timesLinear)],
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [head, rule, ...rows].join('\n');
}
