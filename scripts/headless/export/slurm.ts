import type { JobSummary } from '../../../src/lab/job/events.ts';
import {
  COLLECT_MINUTES,
  collectCommand,
  commandOf,
  commentOf,
  levelsOf,
  memoryMb,
  SAFETY,
  usesGpu,
  type ExportedPlan,
} from './exported-plan.ts';

/** Slurm's own limit is 1001 (MaxArraySize, behind the largest number), unless a cluster says more. */
const MOST_OF_ARRAY = 1000;

/** Jobs that one array makes. */
interface JobArray {
  readonly path: string;
  readonly jobs: readonly JobSummary[];
  readonly hasGpu: boolean;
}

/** The plan for Slurm: the arrays of a level after those of the one before. Files by their path. */
export function slurmFilesOf(plan: ExportedPlan): Record<string, string> {
  const levels = levelsOf(plan.jobs).map((jobs, level) => arraysOf(plan, jobs, level + 1));
  const arrays = levels.flat();
  const memory = `--mem=${memoryMb(plan)}M`;
  const minutes = new Map(plan.jobs.map(({ id }, index) => [id, plan.minutes[index] ?? 0]));
  const submit = ({ path, jobs, hasGpu }: JobArray) => {
    const time = Math.max(...jobs.map(({ id }) => minutes.get(id) ?? 0));
    const gpu = hasGpu ? ' --gres=gpu:1' : '';
    return (
      `$(sbatch --parsable ${memory} --time=${time} --cpus-per-task=${plan.threads}${gpu} $options ` +
      `--array=1-${jobs.length} \${after:+--kill-on-invalid-dep=yes --dependency=afterok:$after} ${path})`
    );
  };
  const submits = levels.flatMap((level) => [
    ...level.map((array, at) => `array${at + 1}=${submit(array)}`),
    `after=${level.map((_, at) => `$array${at + 1}`).join(':')}`,
  ]);
  return {
    ...Object.fromEntries(arrays.map(({ path, jobs }) => [path, arrayScript(plan, jobs)])),
    'levels/collect.sh': `#!/bin/sh\n${collectCommand(plan)}\n`,
    'submit.sh': `#!/bin/sh
# "${commentOf(plan.name)}": ${plan.jobs.length} jobs in ${arrays.length} arrays. Options of your cluster go
# to every sbatch and count more than those below: ./submit.sh --partition=short --time=60. Results
# come into the folder results. Where a job fails, what comes after it is cancelled; submitting again
# makes only what is missing. Minutes are estimated for the machine that wrote this, times ${SAFETY};
# memory is that of the largest job. Arrays have ${MOST_OF_ARRAY} jobs at most, as Slurm allows by itself.
set -eu
cd "$(dirname "$0")"
options="$*"
after=
${submits.join('\n')}
sbatch --parsable ${memory} --time=${COLLECT_MINUTES} $options --kill-on-invalid-dep=yes --dependency=afterok:$after levels/collect.sh
`,
  };
}

/** Jobs of one array ask for the same: those that compute on a GPU are apart from those that do not. */
function arraysOf(plan: ExportedPlan, jobs: readonly JobSummary[], level: number): JobArray[] {
  const asks = ({ kind }: JobSummary) => plan.requireGpu && usesGpu(kind);
  const pieces = [false, true].flatMap((hasGpu) => {
    const own = jobs.filter((job) => asks(job) === hasGpu);
    const count = Math.ceil(own.length / MOST_OF_ARRAY);
    return Array.from({ length: count }, (_, at) => ({
      jobs: own.slice(at * MOST_OF_ARRAY, (at + 1) * MOST_OF_ARRAY),
      hasGpu,
    }));
  });
  return pieces.map((piece, at) => ({
    ...piece,
    path: `levels/${level}${pieces.length > 1 ? `-${at + 1}` : ''}.sh`,
  }));
}

function arrayScript(plan: ExportedPlan, jobs: readonly JobSummary[]): string {
  return `#!/bin/sh
case "$SLURM_ARRAY_TASK_ID" in
${jobs.map((job, at) => `${at + 1}) ${commandOf(plan, job)} ;; # ${commentOf(job.title)}`).join('\n')}
*) echo "no job $SLURM_ARRAY_TASK_ID in this array" >&2; exit 2 ;;
esac
`;
}
