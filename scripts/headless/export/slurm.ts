import {
  COLLECT_MINUTES,
  collectCommand,
  commandOf,
  commentOf,
  levelsOf,
  memoryMb,
  SAFETY,
  type ExportedPlan,
} from './exported-plan.ts';

/** The plan for Slurm: an array a level, each after the one before. Files by their path. */
export function slurmFilesOf(plan: ExportedPlan): Record<string, string> {
  const levels = levelsOf(plan.jobs);
  const memory = `--mem=${memoryMb(plan)}M`;
  const minutes = new Map(plan.jobs.map(({ id }, index) => [id, plan.minutes[index] ?? 0]));
  const gpu = plan.requireGpu ? ' --gres=gpu:1' : '';
  const files = Object.fromEntries(
    levels.map((jobs, level) => [
      `levels/${level + 1}.sh`,
      `#!/bin/sh
case "$SLURM_ARRAY_TASK_ID" in
${jobs.map((job, at) => `${at + 1}) ${commandOf(plan, job)} ;; # ${commentOf(job.title)}`).join('\n')}
*) echo "no job $SLURM_ARRAY_TASK_ID in this level" >&2; exit 2 ;;
esac
`,
    ]),
  );
  const submits = levels.map((jobs, level) => {
    const time = Math.max(...jobs.map(({ id }) => minutes.get(id) ?? 0));
    return (
      `after=$(sbatch --parsable ${memory} --time=${time} --cpus-per-task=${plan.threads}${gpu} $options ` +
      `--array=1-${jobs.length} \${after:+--kill-on-invalid-dep=yes --dependency=afterok:$after} ` +
      `levels/${level + 1}.sh)`
    );
  });
  return {
    ...files,
    'levels/collect.sh': `#!/bin/sh\n${collectCommand(plan)}\n`,
    'submit.sh': `#!/bin/sh
# "${commentOf(plan.name)}": ${plan.jobs.length} jobs in ${levels.length} arrays. Options of your cluster go
# to every sbatch and count more than those below: ./submit.sh --partition=short --time=60. Results
# come into the folder results. Where a job fails, what comes after it is cancelled; submitting again
# makes only what is missing. Minutes are estimated for the machine that wrote this, times ${SAFETY}.
set -eu
cd "$(dirname "$0")"
options="$*"
after=
${submits.join('\n')}
sbatch --parsable ${memory} --time=${COLLECT_MINUTES} $options --kill-on-invalid-dep=yes --dependency=afterok:$after levels/collect.sh
`,
  };
}
