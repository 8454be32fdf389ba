import type { Stage } from './stages.ts';

/**
 * Stages at the same time. Those in browsers and child processes wait so often that two cores would idle with two; the
 * unit tests have processes for all cores but one, at least two (`stages.ts`), so that they fill what others leave.
 */
const AT_ONCE = 3;

/**
 * The order in which stages start: the longest first, so that the short ones fill what is left at the
 * end, whatever a machine is slow at. What is not named comes last.
 */
const LONGEST_FIRST = [
  ...['kernels', 'unit', 'browser', 'programs', 'build', 'e2e'],
  ...['types', 'house', 'format'],
];

/** What has to be there before: stages that run kernels would each compile them, and the built page is driven. */
const AFTER: Readonly<Record<string, string>> = {
  unit: 'kernels',
  browser: 'kernels',
  programs: 'kernels',
  build: 'kernels',
  e2e: 'build',
};

/** Runs all stages, several at a time; their outcomes are in the order of the stages. */
export async function runStages<T>(
  stages: readonly Stage[],
  run: (stage: Stage) => Promise<T>,
): Promise<T[]> {
  const waiting = new Set(stages);
  const running = new Set<Stage>();
  const outcomes = new Map<Stage, T>();

  async function runToEnd(stage: Stage): Promise<void> {
    outcomes.set(stage, await run(stage));
    running.delete(stage);
    await startAll();
  }

  async function startAll(): Promise<void> {
    const started: Promise<void>[] = [];
    while (running.size < AT_ONCE) {
      const stage = nextStage([...waiting], [...running]);
      if (stage === undefined) break;
      waiting.delete(stage);
      running.add(stage);
      started.push(runToEnd(stage));
    }
    await Promise.all(started);
  }

  await startAll();
  return stages.flatMap((stage) => {
    const outcome = outcomes.get(stage);
    return outcome === undefined ? [] : [outcome];
  });
}

/**
 * The stage to start beside those that run: browsers run one after the other, because each has a GPU
 * process that takes a core.
 */
function nextStage(waiting: readonly Stage[], running: readonly Stage[]): Stage | undefined {
  const undone = new Set([...waiting, ...running].map(({ name }) => name));
  const rank = ({ name }: Stage): number =>
    LONGEST_FIRST.includes(name) ? LONGEST_FIRST.indexOf(name) : LONGEST_FIRST.length;
  return waiting
    .filter((stage) => !(stage.needsBrowser && running.some(({ needsBrowser }) => needsBrowser)))
    .filter(({ name }) => !undone.has(AFTER[name] ?? ''))
    .sort((a, b) => rank(a) - rank(b))[0];
}
