import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { hashJson } from '../../../src/core/hash.ts';
import { AppError } from '../../../src/core/errors.ts';
import { codeOf, diskError } from '../../../src/store/files/disk.ts';
import type { ExportedPlan, ExportKind } from './exported-plan.ts';
import { makefileOf } from './makefile.ts';
import { slurmFilesOf } from './slurm.ts';
import { snakefileOf, snakemakeProfilesOf } from './snakefile.ts';

/** Says what the folder is the export of. Written first: of two exports at once, one has the folder. */
const PLAN_FILE = 'plan.json';

export interface ExportTarget {
  readonly folder: string;
  readonly kind: ExportKind;
  /** The document as it is now: later changes of the file are of another plan. */
  readonly document: string;
  /** null: a store in the folder itself. */
  readonly storeDir: string | null;
}

/**
 * Writes the plan as files of another engine; gives their paths.
 * @errors data-invalid for a folder that holds something else; storage-unavailable, quota-exceeded
 */
export async function writeExport(plan: ExportedPlan, target: ExportTarget): Promise<string[]> {
  const { folder, kind, document, storeDir } = target;
  const ids = plan.jobs.map(({ id }) => id);
  const runId = (await hashJson(ids)).slice(0, 12);
  checkFolder(folder, runId, kind);
  const files = { 'document.yaml': document, ...filesOf(plan, kind) };
  const about = { runId, kind, name: plan.name, jobs: plan.jobs };
  try {
    mkdirSync(folder, { recursive: true });
    if (!takeFolder(folder, `${JSON.stringify(about, null, 1)}\n`))
      checkFolder(folder, runId, kind);
    // Targets of Make have no spaces; the store may be anywhere.
    linkStore(join(folder, 'store'), storeDir);
    for (const [path, text] of Object.entries(files)) writeWhole(join(folder, path), text);
  } catch (cause) {
    throw diskError(cause, folder, 'writing');
  }
  return [PLAN_FILE, ...Object.keys(files)];
}

/** False where there is a plan already. */
function takeFolder(folder: string, text: string): boolean {
  const path = join(folder, PLAN_FILE);
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    rmSync(path, { force: true });
    throw error;
  }
}

/** A disk that is full in the middle leaves no half of a script under its name. */
function writeWhole(path: string, text: string): void {
  const partial = `${path}.part`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(partial, text);
    if (path.endsWith('.sh')) chmodSync(partial, 0o755);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** @errors data-invalid where an earlier export of the folder has another store */
function linkStore(store: string, storeDir: string | null): void {
  if (storeDir !== null) mkdirSync(storeDir, { recursive: true });
  if (!existsSync(store)) {
    if (storeDir === null) mkdirSync(store);
    else symlinkSync(storeDir, store);
  } else if (storeDir !== null && realpathSync(store) !== realpathSync(storeDir)) {
    throw new AppError('data-invalid', `${store} is another store than ${storeDir}.`, {
      hint: 'Export to another folder: --out DIR.',
    });
  }
}

function filesOf(plan: ExportedPlan, kind: ExportKind): Record<string, string> {
  switch (kind) {
    case 'make':
      return { Makefile: makefileOf(plan) };
    case 'snakemake':
      return { Snakefile: snakefileOf(plan), ...snakemakeProfilesOf(plan) };
    case 'slurm':
      return slurmFilesOf(plan);
  }
}

/** Two plans in one folder would make a third. */
function checkFolder(folder: string, runId: string, kind: ExportKind): void {
  if (!existsSync(folder)) return;
  // A base may have been downloaded into its store already.
  const entries = readdirSync(folder).filter((name) => name !== 'store');
  if (entries.length === 0) return;
  const path = join(folder, PLAN_FILE);
  const what = existsSync(path) ? planIn(path) : `other files (${entries.slice(0, 3).join(', ')})`;
  if (what === `${kind} ${runId}`) return;
  throw new AppError('data-invalid', `${folder} holds ${what} already.`, {
    hint: `Nothing was written. Export ${kind} ${runId} to another folder: --out DIR.`,
  });
}

function planIn(path: string): string {
  try {
    const { kind, runId } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    return `${String(kind)} ${String(runId)}`;
  } catch {
    return 'a damaged plan';
  }
}
