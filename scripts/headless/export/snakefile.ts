import {
  collectCommand,
  commandOf,
  commentOf,
  markOf,
  usesGpu,
  type ExportedPlan,
} from './exported-plan.ts';

/**
 * The plan for Snakemake 7 and 8: one concrete rule a job. Inputs are `ancient`: a result is named by
 * the hash of what it depends on, so that times say nothing.
 */
export function snakefileOf(plan: ExportedPlan): string {
  const memory = Math.ceil(plan.memoryBytes / 1e6);
  const rules = plan.jobs.map((job, index) => {
    const inputs = job.inputs.map((id) => `        ancient("${markOf(id)}"),\n`).join('');
    const gpu = plan.requireGpu && usesGpu(job.kind) ? ', gpu=1' : '';
    return `# ${commentOf(job.title)}
rule job_${index + 1}:
${inputs === '' ? '' : `    input:\n${inputs}`}    output:
        "${markOf(job.id)}",
    threads: ${plan.threads}
    resources: mem_mb=${memory}${gpu}
    shell: ${pythonText(commandOf(plan, job))}
`;
  });
  return `# "${commentOf(plan.name)}": ${plan.jobs.length} jobs. snakemake --profile profiles/local (or
# profiles/slurm); a run that was stopped or killed goes on with the same command. Results come into
# the folder results.

rule all:
    input: "results/results.json"

rule collect:
    input:
${plan.jobs.map(({ id }) => `        ancient("${markOf(id)}"),\n`).join('')}    output:
        "results/results.json",
    shell: ${pythonText(collectCommand(plan))}

${rules.join('\n')}`;
}

/** Text in braces would be filled in. */
function pythonText(command: string): string {
  return JSON.stringify(command.replaceAll('{', '{{').replaceAll('}', '}}'));
}

/** Profiles, by their path in the folder of the export. */
export const SNAKEMAKE_PROFILES: Readonly<Record<string, string>> = {
  'profiles/local/config.yaml': `# All cores of this machine.
cores: all
rerun-triggers: [mtime]
`,
  'profiles/slurm/config.yaml': `# Snakemake 8 with its executor plugin for Slurm. Set partition and minutes as your cluster wants
# them; this program does not know how long a job takes there.
executor: slurm
jobs: 100
latency-wait: 60
rerun-triggers: [mtime]
default-resources:
  runtime: 240
`,
};
