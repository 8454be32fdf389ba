import {
  collectCommand,
  commandOf,
  commentOf,
  markOf,
  type ExportedPlan,
} from './exported-plan.ts';

/**
 * The plan for Make. Inputs are order-only: a result is named by the hash of what it depends on, so
 * that times say nothing.
 */
export function makefileOf(plan: ExportedPlan): string {
  const rules = plan.jobs.map((job) => {
    const inputs = job.inputs.map((id) => ` ${markOf(id)}`).join('');
    return `# ${commentOf(job.title)}\n${markOf(job.id)}: |${inputs}\n\t${inMake(commandOf(plan, job))}\n`;
  });
  return `# "${commentOf(plan.name)}": ${plan.jobs.length} jobs. make -j4 makes four at a time; a run that
# was stopped or killed goes on with the same command. Results come into the folder results.

.PHONY: all
all: results/results.json

results/results.json: | ${plan.jobs.map(({ id }) => markOf(id)).join(' \\\n  ')}
\t${inMake(collectCommand(plan))}

${rules.join('\n')}`;
}

function inMake(command: string): string {
  return command.replaceAll('$', '$$$$');
}
