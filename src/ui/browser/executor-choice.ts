import { AppError } from '../../core/errors.ts';
import { EXECUTOR_CHOICES, type ExecutorChoice } from '../../lab/job/events.ts';
import { routeOf } from './router.ts';

const KEY = 'mmgrid-executor';

export const CHOICE_TITLES: Readonly<Record<ExecutorChoice, string>> = {
  auto: 'Automatic: the fastest',
  webgpu: 'WebGPU',
  cpu: 'CPU',
};

/**
 * `?executor=webgpu`, before the hash or in it; null where the address asks for none.
 * @errors invalid-argument for an unknown value
 */
export function choiceOfAddress(search: string, hash: string): ExecutorChoice | null {
  const wanted =
    new URLSearchParams(search).get('executor') ?? routeOf(hash).parameters.get('executor');
  if (wanted === null || isChoice(wanted)) return wanted;
  throw new AppError('invalid-argument', `The address asks for the executor "${wanted}".`, {
    hint: `There is ${EXECUTOR_CHOICES.join(', ')}. The automatic choice is used until then.`,
  });
}

/** The remembered choice; 'auto' where storage is blocked or empty. */
export function storedChoice(): ExecutorChoice {
  try {
    const value = localStorage.getItem(KEY) ?? '';
    return isChoice(value) ? value : 'auto';
  } catch {
    return 'auto'; // blocked storage: the choice lasts as long as the page
  }
}

export function storeChoice(choice: ExecutorChoice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // see storedChoice
  }
}

export function isChoice(value: string): value is ExecutorChoice {
  return (EXECUTOR_CHOICES as readonly string[]).includes(value);
}
