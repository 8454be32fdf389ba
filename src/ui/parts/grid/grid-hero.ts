import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import { draftParadigm } from '../../../lab/paradigms/document-list.ts';
import { withValue } from '../../document/document-edit.ts';
import { outlineOf } from '../../document/document-outline.ts';
import { send, sendEdit } from '../../state/events.ts';
import { canRun, progressOf, seedsOf, type GridModel } from '../../state/selectors.ts';
import type { AppState } from '../../state/state.ts';
import { isBusy } from '../../state/run-phase.ts';
import { icon } from '../../style/icons.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { formatCount } from '../../text/format.ts';
import type { EditorPreset } from '../document-editor.ts';

/** What the document is, and the buttons that run it. */
export class MmGridHero extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    grid: { attribute: false },
    presets: { attribute: false },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .hero {
        display: flex;
        flex-wrap: wrap;
        gap: 12px 24px;
        align-items: center;
        justify-content: space-between;
        margin-bottom: var(--mm-gap);
      }
      .hero p {
        color: var(--mm-muted);
        margin-top: 3px;
        max-width: 72ch;
      }
    `,
  ];

  declare state: AppState;
  declare grid: GridModel;
  declare presets: readonly EditorPreset[];

  constructor() {
    super();
    this.presets = [];
  }

  protected override render(): TemplateResult {
    const { grid } = this;
    const { document: doc, run } = this.state;
    const inspection = doc.inspection;
    const name = inspection?.ok === true ? inspection.name : 'Experiment';
    const { columns, base, run: work } = draftParadigm(outlineOf(doc.text).paradigm).labels;
    const isRandom = outlineOf(doc.text).start === 'none';
    const size =
      inspection?.ok === true
        ? `${counted(grid.domains.length, 'domain')} × ${String(grid.stages.length)} ${columns} and a shared ${isRandom ? 'random start' : base}; ` +
          `${formatCount(inspection.parameters)} parameters a model; ${String(inspection.jobs.length)} jobs.`
        : '';
    const merges = run.order.filter((id) => run.jobs[id]?.summary.model?.role === 'merge').length;
    return html`<div class="hero">
      <div>
        <h1>${name}</h1>
        <p>${size} ${work(merges)}, all in this tab.</p>
      </div>
      ${
        isBusy(run)
          ? html`<button
              class="large"
              ?disabled=${run.phase === 'stopping'}
              @click=${() => {
                send(this, { type: 'stop' });
              }}
            >
              ${icon('stop')} ${run.phase === 'stopping' ? 'Stopping at a safe point' : 'Stop'}
            </button>`
          : html`<span class="row"
              >${this.another()}<button
                class="primary large"
                ?disabled=${!canRun(this.state)}
                @click=${() => {
                  // What came with the page is made here: everything of it is on show already.
                  send(this, { type: 'run', fresh: run.prebaked !== null });
                }}
              >
                ${icon('play')} ${this.runLabel()}
              </button></span
            >`
      }
    </div>`;
  }

  /** Where everything is trained: the same once more, by other draws. */
  private another(): TemplateResult | typeof nothing {
    const { run, document: doc } = this.state;
    const { finished, total } = progressOf(run);
    const isWhole = total > 0 && finished === total;
    if (!isWhole || doc.inspection?.ok !== true || !canRun(this.state)) return nothing;
    const seed = Math.max(...seedsOf(run)) + 1;
    if (!Number.isSafeInteger(seed)) return nothing;
    return html`<button
      class="large"
      title="Changes the document's seeds to [${seed}]; what is trained is kept"
      @click=${() => {
        if (sendEdit(this, () => withValue(doc.text, ['seeds'], [seed])))
          send(this, { type: 'run' });
      }}
    >
      Train again with seed ${seed}
    </button>`;
  }

  private runLabel(): string {
    const { run, document: doc } = this.state;
    const preset = this.presets.find(({ id }) => id === doc.preset)?.runLabel ?? 'Run';
    if (run.prebaked !== null) return preset;
    if (run.phase === 'stopped' || run.phase === 'failed') return 'Continue';
    const { finished, total } = progressOf(run);
    if (run.phase === 'recalled') return finished === total ? 'Run again' : 'Continue';
    if (run.phase === 'done') return 'Run again';
    return preset;
  }
}

/** "1 domain", "6 domains" */
function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

define('mm-grid-hero', MmGridHero);
