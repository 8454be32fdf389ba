import type { ViewName } from '../state/state.ts';

export interface Route {
  readonly view: ViewName;
  readonly parameters: URLSearchParams;
}

const VIEWS: readonly ViewName[] = [
  'start',
  'data',
  'grid',
  'merge',
  'recommend',
  'analysis',
  'results',
];

/** `#/merge?x=y` → view and parameters; anything unknown leads to the start view. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const view = VIEWS.find((name) => name === path) ?? 'start';
  return { view, parameters: new URLSearchParams(query) };
}
