import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HeadlessMessage } from '../../../workers/headless/headless-messages.ts';
import { PROJECT_ROOT } from '../../project.ts';
import type { HeadlessArguments } from '../arguments.ts';
import { allowedMinutes, shellWord } from './exported-plan.ts';
import { writeExport } from './write-export.ts';

/** What the program itself takes beside what is trained; measured on small experiments. */
const OWN_BYTES = 500e6;

/** Of a job that nobody has estimated. */
const UNKNOWN_SECONDS = 3600;

/** Writes a plan for another engine into the out folder; gives the paths. @errors as writeExport */
export async function exportPlan(
  settings: HeadlessArguments,
  { kind, storeDir }: NonNullable<HeadlessArguments['export']>,
  { name, jobs, memoryBytes, jobSeconds }: HeadlessMessage & { readonly type: 'planned' },
  baseDir: string | null,
): Promise<string[]> {
  const demo = join(PROJECT_ROOT, 'experiments', 'demo.yaml');
  const plan = {
    name,
    jobs,
    command: commandFor(settings, baseDir),
    // Other engines run several jobs beside each other.
    threads: settings.threads ?? 1,
    requireGpu: settings.requireGpu,
    memoryBytes: memoryBytes + OWN_BYTES,
    minutes: jobs.map((_, index) => allowedMinutes(jobSeconds?.[index] ?? UNKNOWN_SECONDS)),
  };
  return writeExport(plan, {
    folder: settings.outDir,
    kind,
    document: settings.document ?? readFileSync(demo, 'utf8'),
    storeDir,
  });
}

/** What `npm run headless` starts, without npm, which takes a third of what a small job does. */
function commandFor(settings: HeadlessArguments, baseDir: string | null): string {
  const { dataDir, executor, adapter, threads } = settings;
  const named: [string, string | null][] = [
    ['data', dataDir === null ? null : resolve(dataDir)],
    ['base', baseDir === null ? null : resolve(baseDir)],
    ['executor', executor],
    ['adapter', adapter],
    ['threads', String(threads ?? 1)],
  ];
  return [
    `node ${shellWord(join(PROJECT_ROOT, 'scripts', 'headless.mjs'))}`,
    '"$PWD/document.yaml" --store "$PWD/store" --out "$PWD/results"',
    ...named.flatMap(([option, value]) =>
      value === null ? [] : [`--${option} ${shellWord(value)}`],
    ),
  ].join(' ');
}
