import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ChildMessage, ChildTask } from '../../test/fuzz/child-messages.ts';
import { addTotals, NO_TOTALS, type FuzzTotals } from '../../test/fuzz/run-fuzz.ts';
import type { Reproducer } from '../../test/fuzz/corpus.ts';
import type { Finding } from '../../test/fuzz/outcome.ts';
import { PROJECT_ROOT } from '../project.ts';

/** No small input takes so long, however busy the machine is. */
const SILENCE_MS = 60_000;
const LOOK_MS = 1000;
/** Inputs that end a process, before the kind is given up. */
const MOST_DEAD = 10;

export interface ReportedFinding extends Finding {
  readonly index: number;
  readonly files: Reproducer['files'];
}

export interface KindReport {
  readonly kind: string;
  readonly totals: FuzzTotals;
  readonly found: readonly ReportedFinding[];
}

/**
 * Reads inputs in processes of their own: one that dies or hangs is a finding, and the rest goes on. One
 * that is aborted has told what it came to.
 */
export async function fuzzKind(
  bundle: string,
  { kind, seed, inputs }: { readonly kind: string; readonly seed: number; readonly inputs: number },
  signal: AbortSignal,
): Promise<KindReport> {
  const folder = mkdtempSync(join(tmpdir(), 'mmgrid-fuzz-'));
  const progressFile = join(folder, 'at');
  let totals = NO_TOTALS;
  let from = 0;
  const skip: number[] = [];
  const ends = new Map<number, Finding>();
  const found: ReportedFinding[] = [];
  const hear = (message: ChildMessage): void => {
    if (message.type === 'batch') {
      totals = addTotals(totals, message.totals);
      from = message.to;
    } else if (message.type === 'found') found.push(message);
    else if (message.type === 'lethal') {
      const end = ends.get(message.index);
      if (end !== undefined) found.push({ ...end, index: message.index, files: message.files });
    }
  };
  try {
    while (from < inputs || ends.size > found.length) {
      const task = { does: 'read', kind, seed, from, to: inputs, skip, progressFile } as const;
      const end = await runChild(bundle, task, hear, { progressFile, signal });
      if (end === null || signal.aborted) break;
      const index = indexIn(progressFile);
      if (index === null || skip.length >= MOST_DEAD) throw new Error(`${kind}: ${end.message}`);
      skip.push(index);
      ends.set(index, end);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { kind, totals, found };
}

interface Watched {
  readonly progressFile?: string | null;
  readonly signal?: AbortSignal;
}

/** @returns null where it came to its end */
export async function runChild(
  bundle: string,
  task: ChildTask,
  hear: (message: ChildMessage) => void,
  { progressFile = null, signal }: Watched = {},
): Promise<Finding | null> {
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--max-old-space-size=1024', bundle, JSON.stringify(task)],
    { cwd: PROJECT_ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    hear(JSON.parse(line) as ChildMessage);
  });
  let last: string | null = null;
  let changed = performance.now();
  let hasHung = false;
  const look = setInterval(() => {
    const now = progressFile === null ? null : progressIn(progressFile);
    if (now !== last) [last, changed] = [now, performance.now()];
    if (last === null || performance.now() - changed < SILENCE_MS) return;
    hasHung = true;
    child.kill('SIGKILL');
  }, LOOK_MS);
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(look);
  signal?.removeEventListener('abort', stop);
  if (hasHung) return { what: 'hung', message: `nothing for ${String(SILENCE_MS / 1000)} s` };
  if (code === 0) return null;
  const words = errors.join('').trim().split('\n').slice(-12).join('\n');
  return { what: 'died', message: `exit ${String(code)}: ${words}` };
}

/** Index of the input and a count of readings, in hexadecimal. */
function progressIn(file: string): string | null {
  try {
    const bytes = readFileSync(file);
    return bytes.length < 8 ? null : bytes.toString('hex');
  } catch {
    return null;
  }
}

function indexIn(file: string): number | null {
  const progress = progressIn(file);
  return progress === null ? null : Buffer.from(progress, 'hex').readInt32LE(0);
}
