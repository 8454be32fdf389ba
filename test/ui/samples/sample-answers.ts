import type { Answers } from '../../../src/lab/results/answers.ts';
import type { AppState } from '../../../src/ui/state/state.ts';
import { apply, doneState, SAMPLE_ROWS } from './sample-state.ts';

const USERS = ['a', 'b', 'c', 'd'];

/** Everything finished, and what four users were answered by three models on Games. */
export function answeredState(): AppState {
  const idOf = (model: string) => SAMPLE_ROWS.find((row) => row.model === model)?.modelId ?? '';
  const answers = (model: string, kind: Answers['kind'], ranks: readonly number[]): Answers => ({
    ...{ type: 'ranks', asked: 'games', cutoffs: [10], ranks, model, kind, recipeHash: '' },
    ...{ modelId: idOf(model), seed: 1, own: true },
  });
  const asked = {
    ...{ key: 'games', domain: 'Games', period: 'test', split: 'test' as const },
    ...{ users: USERS, items: USERS.map((user) => `item of ${user}`) },
  };
  const models = [
    answers('Games/phase1', 'cell', [1, 0, 0, 0]),
    answers('Games/phase2', 'cell', [1, 2, 3, 0]),
    answers('average', 'merge', [1, 2, 0, 0]),
  ];
  return apply(doneState(), [{ type: 'answers', asked: [asked], models }]);
}
