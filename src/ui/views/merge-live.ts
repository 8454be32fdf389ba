import { html } from '../../charts/html.ts';
import type { ReactiveController, ReactiveControllerHost, TemplateResult } from 'lit';
import type { MergeEntry } from '../document/document-edit.ts';
import { cellsKey, layoutOf, type LiveLayout } from '../document/live-axes.ts';
import '../parts/live/live-lab.ts';
import type { LiveGhost } from '../parts/live/live-lab.ts';
import { LiveMoveEvent, type LiveMove } from '../parts/live/live-move.ts';
import type { MergeChangeEvent, MergeLab, MmMergeForm } from '../parts/merge/merge-form.ts';
import { send } from '../state/events.ts';
import { livePlace } from '../state/live-place.ts';
import { canRun } from '../state/selectors.ts';
import type { AppState } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';

/** After so long without a move the merge is evaluated fully. */
const PAUSE_MS = 600;

/** The view that live merging belongs to. */
export interface LiveHost extends ReactiveControllerHost, EventTarget {
  readonly state: AppState;
  readonly lab: MergeLab | null;
  readonly form: MmMergeForm | null;
  /** The merge goes into the document and is evaluated. */
  evaluateLive(entry: MergeEntry): void;
}

/**
 * Live merging in the merge view. A move is probed at once; a pause evaluates. It begins by itself as soon
 * as there are models to merge, and stays off once it was switched off.
 */
export class MergeLive implements ReactiveController {
  private readonly host: LiveHost;
  private isOn = false;
  private isRefused = false;
  private entry: MergeEntry | null = null;
  private ghost: LiveGhost | null = null;
  private touched: string | null = null;
  private isMoving = false;
  private wasBusy = false;
  private pause: ReturnType<typeof setTimeout> | null = null;

  constructor(host: LiveHost) {
    this.host = host;
    host.addController(this);
  }

  hostUpdated(): void {
    const { state } = this.host;
    const busy = isBusy(state.run);
    const isReady = this.entry !== null && canRun(state) && hasModels(state);
    if (!this.isOn && !this.isRefused && isReady) this.switch(true);
    // Of models that were trained meanwhile the numbers are others.
    else if (this.isOn && this.wasBusy && !busy) this.begin();
    this.wasBusy = busy;
  }

  hostDisconnected(): void {
    this.forgetPause();
    if (this.isOn) send(this.host, { type: 'end-probes' });
    this.isOn = false;
  }

  /** The form stands for another merge. */
  follow({ entry, phase }: MergeChangeEvent['detail']): void {
    this.entry = entry;
    this.host.requestUpdate();
    if (!this.isOn) return;
    this.forgetPause();
    const { state } = this.host;
    const place = livePlace(entry, this.layout, this.cells, state.probe, state.curves);
    if (place === null || place.isStale) send(this.host, { type: 'probe', entry });
    if (phase !== 'release') return;
    send(this.host, { type: 'live-curves', entry, layout: this.layout });
    this.pause = setTimeout(() => {
      this.pause = null;
      if (this.isOn && canRun(this.host.state)) this.host.evaluateLive(entry);
    }, PAUSE_MS);
  }

  render(): TemplateResult {
    const { state } = this.host;
    return html`<mm-live-lab
      ?live=${this.isOn}
      ?busy=${isBusy(state.run)}
      .cells=${this.cells}
      .entry=${this.entry}
      .layout=${this.layout}
      .probe=${state.probe}
      .curves=${state.curves}
      .ghost=${this.ghost}
      @live=${(event: CustomEvent<boolean>) => {
        this.isRefused = !event.detail;
        this.switch(event.detail);
      }}
      @live-move=${(event: Event) => {
        if (event instanceof LiveMoveEvent) this.move(event.detail);
      }}
    ></mm-live-lab>`;
  }

  private switch(isOn: boolean): void {
    this.isOn = isOn;
    if (isOn) this.begin();
    else {
      this.forgetPause();
      send(this.host, { type: 'end-probes' });
    }
    this.host.requestUpdate();
  }

  /** Numbers and curves of what the form stands for, before anything is moved. */
  private begin(): void {
    this.host.form?.tell('drag');
    const { entry } = this;
    if (entry !== null) send(this.host, { type: 'live-curves', entry, layout: this.layout });
  }

  private move(move: LiveMove): void {
    const { axis, phase } = move;
    if (!this.isMoving) {
      const { main, more } = this.layout;
      const value = [main, ...more].find((one) => one?.id === axis)?.value ?? null;
      this.ghost =
        value === null ? null : { axis, at: typeof value === 'number' ? [value] : value };
    }
    this.isMoving = phase === 'drag';
    this.touched = axis;
    this.host.form?.move(move);
  }

  private forgetPause(): void {
    if (this.pause !== null) clearTimeout(this.pause);
    this.pause = null;
  }

  private get cells(): string {
    return cellsKey(this.host.state.document.text);
  }

  private get layout(): LiveLayout {
    const { entry, touched } = this;
    if (entry === null) return { main: null, more: [] };
    const forms = this.host.lab?.mergeMethodForms() ?? [];
    const parameters = forms.find(({ id }) => id === entry['method'])?.parameters ?? [];
    const layout = layoutOf(entry, parameters);
    return touched === null ? layout : { ...layout, touched };
  }
}

/** Whether every model of the grid is there. */
function hasModels({ run }: AppState): boolean {
  const cells = run.order
    .flatMap((id) => run.jobs[id] ?? [])
    .filter(({ summary }) => summary.model?.role === 'cell');
  return cells.length > 0 && cells.every(({ status }) => status === 'done' || status === 'cached');
}
