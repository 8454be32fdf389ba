import type { Stage } from './stages.ts';

/** Stages at the same time: what runs in browsers and child processes waits so often that two cores carry three. */
const AT_ONCE = 3;

/**
 * The order in which stages start: the longest first, so that the short ones fill what is left at the
 * end, whatever a machine is slow at. What is not named comes last.
 */
const LONGEST_FIRST = [
  ...['kernels', 'unit', 'browser', 'programs', 'build', 'e2e'],
  ...['lint', 'types', 'format', 'house'],
];

/** Stages that compile the kernels themselves where nobody has: each with a compiler of its own. */
const NEED_KERNELS = ['unit', 'browser', 'programs', 'build'];

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
 * process that takes a core, and the end-to-end tests drive what is built before. What needs no kernels
 * runs while they are compiled: loading their compiler takes ten seconds, which several stages would.
 */
function nextStage(waiting: readonly Stage[], running: readonly Stage[]): Stage | undefined {
  const isOver = (wanted: string): boolean =>
    ![...waiting, ...running].some(({ name }) => name === wanted);
  const rank = ({ name }: Stage): number =>
    LONGEST_FIRST.includes(name) ? LONGEST_FIRST.indexOf(name) : LONGEST_FIRST.length;
  return waiting
    .filter((stage) => !(stage.needsBrowser && running.some(({ needsBrowser }) => needsBrowser)))
    .filter(({ name }) => name !== 'e2e' || isOver('build'))
    .filter(({ name }) => !NEED_KERNELS.includes(name) || isOver('kernels'))
    .sort((a, b) => rank(a) - rank(b))[0];
}
