import { LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { saveFile } from '../../charts/save-file.ts';
import { saveResults } from '../session/downloads.ts';
import { profileFile, profileText } from '../../lab/run/profile-rows.ts';
import { choiceOfAddress, storeChoice, storedChoice } from '../browser/executor-choice.ts';
import { storeDraft, storedDraft } from '../browser/draft.ts';
import { CommandEvent } from '../state/events.ts';
import type { Command } from '../state/events.ts';
import { visibleText } from '../../core/visible-text.ts';
import './page.ts';
import { problemOf } from '../text/problem.ts';
import { PRESETS } from '../document/presets.ts';
import { routeOf } from '../browser/router.ts';
import { progressOf } from '../state/selectors.ts';
import { Session } from '../session/session.ts';
import { initialState, isBusy } from '../state/state.ts';
import type { Problem } from '../text/problem.ts';
import { Store } from '../state/store.ts';
import { zip } from '../session/zip.ts';

const TITLE = 'MMGrid Playground';

/** The application: owns store and session, carries out the commands of the views. */
export class MmApp extends LitElement {
  private readonly store = new Store(initialState(PRESETS[0].text, PRESETS[0].id));
  private readonly session = new Session(this.store);
  private startedAt = new Date().toISOString();
  private finishedAt = this.startedAt;
  private wasBusy = false;

  constructor() {
    super();
    this.addEventListener(CommandEvent.type, (event) => {
      if (event instanceof CommandEvent) this.carryOut(event.detail);
    });
    this.store.subscribe(() => {
      this.onState();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.onRoute);
    addEventListener('beforeunload', this.onLeave);
    this.onRoute();
    void this.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.onRoute);
    removeEventListener('beforeunload', this.onLeave);
  }

  protected override render(): TemplateResult {
    return html`<mm-page .state=${this.store.state} .presets=${PRESETS}></mm-page>`;
  }

  private async start(): Promise<void> {
    const { parameters } = routeOf(location.hash);
    const draft = storedDraft((preset) => PRESETS.find(({ id }) => id === preset)?.text);
    // An address that asks for a run is about that document.
    if (draft !== null && !parameters.has('run')) {
      this.store.dispatch({ type: 'ui-document', ...draft });
    }
    await this.open();
    if (parameters.get('run') === PRESETS[0].id && this.store.state.session.status === 'ready') {
      await this.session.run(true);
    }
  }

  /** The address decides for this visit, else what was chosen before. */
  private async open(): Promise<void> {
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

  private exportProfile(how: 'copy' | 'csv'): Promise<void> {
    return this.session.guarded(async () => {
      const { profile } = this.store.state;
      if (profile === null || profile === 'running') return;
      if (how === 'csv') saveFile('profile.csv', profileFile(profile), 'text/csv');
      else {
        await navigator.clipboard.writeText(profileText(profile));
        this.store.dispatch({ type: 'ui-announce', text: 'Profile copied.' });
      }
    });
  }

  private carryOut(command: Command): void {
    switch (command.type) {
      case 'run':
        void this.session.run(command.fresh);
        return;
      case 'stop':
        void this.session.stop();
        return;
      case 'edit':
        this.session.edit(command.text, command.preset);
        storeDraft(command);
        return;
      case 'probe':
        void this.session.live.probe(command.entry);
        return;
      case 'live-curves':
        void this.session.live.curves(command.entry, command.layout);
        return;
      case 'end-probes':
        void this.session.guarded(() => this.session.live.end());
        return;
      case 'select':
        this.store.dispatch({ type: 'ui-select', cell: command.cell });
        return;
      case 'import':
        void this.session.importFiles(command.files);
        return;
      case 'forget-data':
        void this.session.forgetData();
        return;
      case 'open-base':
        void this.session.base.openFiles(command.files);
        return;
      case 'download-base':
        void this.session.base.download(command.reference);
        return;
      case 'cancel-base':
        void this.session.guarded(() => this.session.base.cancel());
        return;
      case 'forget-base':
        void this.session.guarded(() => this.session.base.close());
        return;
      case 'list-downloads':
        void this.session.guarded(() => this.session.base.list());
        return;
      case 'forget-download':
        void this.session.guarded(() => this.session.base.forget(command.id));
        return;
      case 'export-checkpoint':
        void this.session.guarded(async () => {
          const archive = await zip(this.session.exportPieces(command.id));
          saveFile(`${command.name}.zip`, archive, 'application/zip');
        });
        return;
      case 'delete-others':
        void this.session.deleteOthers();
        return;
      case 'export-results':
        void this.session.guarded(() => {
          saveResults(this.store.state, command.format, {
            startedAt: this.startedAt,
            finishedAt: this.finishedAt,
          });
          return Promise.resolve();
        });
        return;
      case 'compare':
        this.store.dispatch({ type: 'ui-compare', reference: command.reference });
        return;
      case 'problem':
        this.store.dispatch({ type: 'ui-problem', problem: command.problem });
        return;
      case 'dismiss':
        this.store.dispatch({ type: 'ui-problem', problem: null });
        return;
      case 'reconnect':
        void this.open();
        return;
      case 'reload':
        location.reload();
        return;
      case 'choose-executor':
        storeChoice(command.choice);
        if (this.store.state.session.status === 'ready') void this.session.choose(command.choice);
        else void this.session.open(command.choice);
        return;
      case 'profile':
        void this.session.profile();
        return;
      case 'export-profile':
        void this.exportProfile(command.how);
        return;
      case 'close-profile':
        this.store.dispatch({ type: 'ui-profile', profile: null });
        return;
      default:
        command satisfies never;
    }
  }

  private onState(): void {
    const { run } = this.store.state;
    const busy = isBusy(run);
    if (busy !== this.wasBusy) {
      this.wasBusy = busy;
      const now = new Date().toISOString();
      if (busy) this.startedAt = now;
      this.finishedAt = now;
    }
    const progress = progressOf(run);
    const percent = Math.floor(progress.share * 100);
    document.title = busy
      ? `${String(percent)} % ${visibleText(progress.current?.summary.title ?? '')} – ${TITLE}`
      : TITLE;
    this.requestUpdate();
  }

  private readonly onRoute = (): void => {
    this.store.dispatch({ type: 'ui-view', view: routeOf(location.hash).view });
  };

  /** Finished cells are stored, but the cell in training would be lost. */
  private readonly onLeave = (event: BeforeUnloadEvent): void => {
    if (isBusy(this.store.state.run)) event.preventDefault();
  };
}

define('mm-app', MmApp);
