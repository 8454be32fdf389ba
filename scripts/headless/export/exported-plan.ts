import type { JobSummary } from '../../../src/lab/job/events.ts';
import type { JobKind } from '../../../src/lab/job/job.ts';

export const EXPORT_KINDS = ['make', 'snakemake', 'slurm'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** A plan as other engines run it: every job is one command on one shared store. */
export interface ExportedPlan {
  readonly name: string;
  /** In an order in which every job comes after its inputs. */
  readonly jobs: readonly JobSummary[];
  /** What runs a job, quoted for a shell, up to the options of that job. */
  readonly command: string;
  /** Of the CPU, for each job. */
  readonly threads: number;
  /** Asks for a GPU where the job computes on one. */
  readonly requireGpu: boolean;
  /** Of the largest job, with what the program itself takes. */
  readonly memoryBytes: number;
  /** What a job may take, in the order of the jobs: an estimate with a factor of safety. */
  readonly minutes: readonly number[];
}

/** Between what the machine of the export would take at most and what is asked for. */
export const SAFETY = 3;

/** A whole number of minutes that a job may take. @param seconds an upper bound */
export function allowedMinutes(seconds: number): number {
  return Math.ceil((SAFETY * seconds) / 60);
}

/** Megabytes of a job. */
export function memoryMb({ memoryBytes }: ExportedPlan): number {
  return Math.ceil(memoryBytes / 1e6);
}

/** Of the job that only reads the store and writes the results. */
export const COLLECT_MINUTES = 30;

/** Where the mark of a finished job stands, from the folder of the export. */
export function markOf(id: string): string {
  return `store/jobs/${id}/job.json`;
}

/** The command of one job; the folder of the export is where it runs. */
export function commandOf(plan: ExportedPlan, job: JobSummary): string {
  const command = `${plan.command} --job ${job.id}`;
  if (!plan.requireGpu) return command;
  return `${command}${usesGpu(job.kind) ? ' --require-gpu' : ON_ANY_MACHINE}`;
}

export function collectCommand({ command, requireGpu }: ExportedPlan): string {
  return `${command} --collect${requireGpu ? ON_ANY_MACHINE : ''}`;
}

/** The last of two executors counts: these jobs ask for no GPU, and may be where there is none. */
const ON_ANY_MACHINE = ' --executor cpu';

/** The others only count and sort. */
const WITHOUT_GPU: readonly JobKind[] = ['prepare', 'baseline', 'tokenizer', 'click-data'];

export function usesGpu(kind: JobKind): boolean {
  return !WITHOUT_GPU.includes(kind);
}

/** Jobs by how many others have to be finished one after the other before them. */
export function levelsOf(jobs: readonly JobSummary[]): JobSummary[][] {
  const depths = new Map<string, number>();
  const levels: JobSummary[][] = [];
  for (const job of jobs) {
    const depth = Math.max(0, ...job.inputs.map((id) => (depths.get(id) ?? 0) + 1));
    depths.set(job.id, depth);
    (levels[depth] ??= []).push(job);
  }
  return levels;
}

/** A word for a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Titles go into comments: no line of theirs may become one of the file's, nor go on in the next. */
export function commentOf(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, ' ').replaceAll('\\', '/');
}
