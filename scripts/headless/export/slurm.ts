import {
  collectCommand,
  commandOf,
  commentOf,
  levelsOf,
  type ExportedPlan,
} from './exported-plan.ts';

/** The plan for Slurm: an array a level, each after the one before. Files by their path. */
export function slurmFilesOf(plan: ExportedPlan): Record<string, string> {
  const levels = levelsOf(plan.jobs);
  const memory = `${Math.ceil(plan.memoryBytes / 1e6)}M`;
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
  const submits = levels.map(
    (jobs, level) =>
      `after=$(sbatch --parsable $options --mem=${memory} --cpus-per-task=${plan.threads}${gpu} --array=1-${jobs.length} ` +
      `\${after:+--dependency=afterok:$after} levels/${level + 1}.sh)`,
  );
  return {
    ...files,
    'levels/collect.sh': `#!/bin/sh\n${collectCommand(plan)}\n`,
    'submit.sh': `#!/bin/sh
# "${commentOf(plan.name)}": ${plan.jobs.length} jobs in ${levels.length} arrays. Options of your cluster go
# to every sbatch: ./submit.sh --partition=short --time=60. Results come into the folder results.
# Submitting again makes only what is missing.
set -eu
cd "$(dirname "$0")"
options="$*"
after=
${submits.join('\n')}
sbatch --parsable $options --mem=${memory} --dependency=afterok:$after levels/collect.sh
`,
  };
}
