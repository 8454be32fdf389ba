import { VIEW_NAMES, type ViewName } from '../state/view-names.ts';

export interface Route {
  readonly view: ViewName;
  readonly parameters: URLSearchParams;
}

/** `#/merge?x=y` → view and parameters; anything unknown leads to the start view. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const view = VIEW_NAMES.find((name) => name === path) ?? 'start';
  return { view, parameters: new URLSearchParams(query) };
}
