import { visibleText } from '../../core/visible-text.ts';
import { progressOf } from '../state/selectors.ts';
import type { AppState } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';

const TITLE = 'MMGrid Playground';

/** The document's title: how far the run is, for a tab that is not looked at. */
export function pageTitle({ run }: Pick<AppState, 'run'>): string {
  if (!isBusy(run)) return TITLE;
  const progress = progressOf(run);
  const percent = Math.floor(progress.share * 100);
  return `${String(percent)} % ${visibleText(progress.current?.summary.title ?? '')} – ${TITLE}`;
}
