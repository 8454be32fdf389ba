import { choiceOfAddress, storedChoice } from '../browser/executor-choice.ts';
import { storedDraft } from '../browser/draft.ts';
import { routeOf } from '../browser/router.ts';
import { PRESETS } from '../document/presets.ts';
import { Session } from '../session/session.ts';
import type { Command } from '../state/events.ts';
import { initialState, type AppState } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';
import { Store } from '../state/store.ts';
import type { ViewName } from '../state/view-names.ts';
import { problemOf, type Problem } from '../text/problem.ts';
import { carryOut, type Desk } from './commands.ts';
import { pageTitle } from './page-title.ts';
import { loadViews } from './view-list.ts';

/**
 * All that the page works with: state, session, documents. It comes after the first picture, which
 * needs none of it.
 */
export class PageDesk implements Desk {
  readonly presets = PRESETS;
  readonly store: Store;
  readonly session: Session;
  private startedAt = new Date().toISOString();
  private finishedAt = this.startedAt;
  private wasBusy = false;

  constructor(view: ViewName, changed: () => void) {
    this.store = new Store(initialState(PRESETS[0].text, PRESETS[0].id, view));
    this.session = new Session(this.store);
    this.store.subscribe(() => {
      this.keepTimes();
      changed();
    });
  }

  get state(): AppState {
    return this.store.state;
  }

  get isBusy(): boolean {
    return isBusy(this.state.run);
  }

  /** How far the run is, for a tab that is not looked at. */
  get title(): string {
    return pageTitle(this.state);
  }

  get times(): Desk['times'] {
    return { startedAt: this.startedAt, finishedAt: this.finishedAt };
  }

  /** The document in work, the engine, and the run that the address may ask for. */
  async start(): Promise<void> {
    const { parameters } = routeOf(location.hash);
    const draft = storedDraft((preset) => PRESETS.find(({ id }) => id === preset)?.text);
    // An address that asks for a run is about that document.
    if (draft !== null && !parameters.has('run')) {
      this.store.dispatch({ type: 'ui-document', ...draft });
    }
    await this.reopen();
    void loadViews();
    if (parameters.get('run') === PRESETS[0].id && this.state.session.status === 'ready') {
      await this.session.run(true);
    }
  }

  /** The address decides for this visit, else what was chosen before. */
  async reopen(): Promise<void> {
    let wrongAddress: Problem | null = null;
    let choice = storedChoice();
    try {
      choice = choiceOfAddress(location.search, location.hash) ?? choice;
    } catch (error) {
      wrongAddress = problemOf(error);
      choice = 'auto';
    }
    await this.session.open(choice);
    if (wrongAddress !== null) this.store.dispatch({ type: 'ui-problem', problem: wrongAddress });
  }

  show(view: ViewName): void {
    this.store.dispatch({ type: 'ui-view', view });
  }

  carryOut(command: Command): void {
    carryOut(this, command);
  }

  private keepTimes(): void {
    const busy = this.isBusy;
    if (busy === this.wasBusy) return;
    this.wasBusy = busy;
    const now = new Date().toISOString();
    if (busy) this.startedAt = now;
    this.finishedAt = now;
  }
}
