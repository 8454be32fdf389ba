import {
  COLLECT_MINUTES,
  collectCommand,
  commandOf,
  commentOf,
  markOf,
  memoryMb,
  SAFETY,
  usesGpu,
  type ExportedPlan,
} from './exported-plan.ts';
import type { JobSummary } from '../../../src/lab/job/events.ts';

/**
 * The plan for Snakemake 7 and 8: one concrete rule a job. Inputs are `ancient`: a result is named by
 * the hash of what it depends on, so that times say nothing.
 */
export function snakefileOf(plan: ExportedPlan): string {
  const memory = memoryMb(plan);
  const rules = plan.jobs.map((job, index) => {
    const inputs = job.inputs.map((id) => `        ancient("${markOf(id)}"),\n`).join('');
    const gpu = asksForGpu(plan, job) ? ', gpu=1' : '';
    return `# ${commentOf(job.title)}
rule ${ruleOf(index)}:
${inputs === '' ? '' : `    input:\n${inputs}`}    output:
        "${markOf(job.id)}",
    threads: ${plan.threads}
    resources: mem_mb=${memory}, runtime=${plan.minutes[index] ?? 0}${gpu}
    shell: ${pythonText(commandOf(plan, job))}
`;
  });
  return `# "${commentOf(plan.name)}": ${plan.jobs.length} jobs. snakemake --profile profiles/local (or
# profiles/slurm); a run that was stopped or killed goes on with the same command. Results come into
# the folder results. Minutes (runtime) are estimated for the machine that wrote this, times ${SAFETY}.

rule all:
    input: "results/results.json"

rule collect:
    input:
${plan.jobs.map(({ id }) => `        ancient("${markOf(id)}"),\n`).join('')}    output:
        "results/results.json",
    resources: mem_mb=${memory}, runtime=${COLLECT_MINUTES}
    shell: ${pythonText(collectCommand(plan))}

${rules.join('\n')}`;
}

/** Text in braces would be filled in. */
function pythonText(command: string): string {
  return JSON.stringify(command.replaceAll('{', '{{').replaceAll('}', '}}'));
}

function ruleOf(index: number): string {
  return `job_${index + 1}`;
}

function asksForGpu({ requireGpu }: ExportedPlan, { kind }: JobSummary): boolean {
  return requireGpu && usesGpu(kind);
}

/**
 * A killed Snakemake leaves its lock and marks of what it made. The store has claims of its own, and
 * a mark of a finished job appears whole, so that the same command may simply go on.
 */
const AFTER_A_KILL = 'nolock: true\nrerun-incomplete: true\nrerun-triggers: [mtime]\n';

/**
 * Profiles, by their path in the folder of the export. Snakemake 8 prefers `config.v8+.yaml`, which
 * 7 passes over: one folder serves both.
 */
export function snakemakeProfilesOf(plan: ExportedPlan): Record<string, string> {
  const shared = `jobs: 100\nlatency-wait: 60\n${AFTER_A_KILL}`;
  // The resource gpu is one of Snakemake 8; 7 hands this to sbatch as it is.
  const gpus = plan.jobs.flatMap((job, index) =>
    asksForGpu(plan, job) ? [`  - ${ruleOf(index)}:slurm_extra='--gres=gpu:1'\n`] : [],
  );
  return {
    'profiles/local/config.yaml': `# All cores of this machine.\ncores: all\n${AFTER_A_KILL}`,
    'profiles/slurm/config.yaml': `# Snakemake 7. Partition and account: --default-resources slurm_partition=… slurm_account=…
slurm: true
${shared}${gpus.length === 0 ? '' : `set-resources:\n${gpus.join('')}`}`,
    'profiles/slurm/config.v8+.yaml': `# Snakemake 8 with its executor plugin for Slurm. Partition and account: --default-resources
# slurm_partition=… slurm_account=…
executor: slurm
${shared}`,
  };
}
