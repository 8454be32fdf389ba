import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { isOf } from '../../figures/merge-dots.ts';
import type { RunState } from '../../state/run-state.ts';
import { icon } from '../../style/icons.ts';

export interface ListedMerge {
  readonly name: string;
  /** In words. */
  readonly method: string;
  /** '' where it has none. */
  readonly base: string;
  readonly status: 'queued' | 'training' | 'done' | 'cached' | 'failed';
  readonly isShown: boolean;
}

/**
 * State of the least finished of a merge's jobs (a merge may exist once a domain). One that puts
 * something else back is another's job, and known by its results alone.
 */
export function mergeStatus({ jobs: all, rows }: RunState, name: string): ListedMerge['status'] {
  const jobs = Object.values(all).filter(
    ({ summary }) =>
      summary.model?.role === 'merge' && isOf(summary.title.replace(/^merge /, ''), name),
  );
  if (jobs.some((job) => job.status === 'failed')) return 'failed';
  if (jobs.some((job) => job.status === 'running')) return 'training';
  const isMeasured = rows.some((row) => row.kind === 'merge' && isOf(row.model, name));
  if (jobs.length === 0 && isMeasured) return 'done';
  // Its weights were not kept, as of one that came with the page, and are made again where they are needed.
  if (isMeasured && jobs.every((job) => job.status === 'queued')) return 'cached';
  if (jobs.length === 0 || jobs.some((job) => job.status === 'queued')) return 'queued';
  return jobs.every((job) => job.status === 'cached') ? 'cached' : 'done';
}

interface MergeList {
  /** Whether the document may not be changed now. */
  readonly isLocked: boolean;
  readonly compare: (name: string) => void;
  readonly remove: (name: string) => void;
}

/** The merges of the document: a table, each to be compared or taken away. */
export function mergeList(merges: readonly ListedMerge[], list: MergeList): TemplateResult {
  return html`<section class="card" aria-labelledby="list">
    <header>
      <h2 id="list">Merges of this experiment</h2>
      <p>finished cells are reused; only what is new runs</p>
    </header>
    ${
      merges.length === 0
        ? html`<div class="empty">
            ${icon('merge')}
            <p>No merge in the document yet.</p>
          </div>`
        : html`<div class="scroll">
            <table class="list">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Method</th>
                  <th scope="col">Base</th>
                  <th scope="col">State</th>
                  <th scope="col"><span class="visually-hidden">Actions</span></th>
                </tr>
              </thead>
              <tbody>
                ${merges.map((merge) => listRow(merge, list))}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

function listRow(
  { name, method, base, status, isShown }: ListedMerge,
  { isLocked, compare, remove }: MergeList,
): TemplateResult {
  return html`<tr aria-current=${isShown ? 'true' : 'false'}>
    <th scope="row">${name}</th>
    <td>${method}</td>
    <td>${base === '' ? '–' : base}</td>
    <td>
      <span class="line ${status === 'failed' ? 'bad' : status === 'queued' ? 'muted' : 'ok'}"
        >${icon(status)} ${status === 'cached' ? 'stored' : status}</span
      >
    </td>
    <td class="num">
      <button
        class="quiet"
        aria-label="Compare ${name}"
        @click=${() => {
          compare(name);
        }}
      >
        Compare
      </button>
      <button
        class="quiet"
        aria-label="Remove ${name} from the document"
        ?disabled=${isLocked}
        @click=${() => {
          remove(name);
        }}
      >
        ${icon('close')}
      </button>
    </td>
  </tr>`;
}
