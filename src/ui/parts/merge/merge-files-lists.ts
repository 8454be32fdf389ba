import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import type { GivenModel, MergeOutlook } from '../../../../workers/merge-files/merge-files-api.ts';
import type { savedFiles } from '../../session/merge-files-output.ts';
import { icon } from '../../style/icons.ts';
import { formatBytes } from '../../text/format.ts';
import type { Problem } from '../../text/problem.ts';
import { faultItems } from '../problem-text.ts';

const SHOWN_FAULTS = 20;

/** Of a merge that runs; `share` goes from 0 to 1. */
export interface Progress {
  readonly text: string;
  readonly share: number;
}

export type SavedFiles = Awaited<ReturnType<typeof savedFiles>>;

/** The models with their sizes, each with a button that takes it away. */
export function modelTable(
  models: readonly GivenModel[],
  isRunning: boolean,
  remove: (reference: string) => void,
): TemplateResult {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Model</th>
        <th scope="col">Files</th>
        <th scope="col"><span class="visually-hidden">Actions</span></th>
      </tr>
    </thead>
    <tbody>
      ${models.map(
        ({ reference, files }) =>
          html`<tr>
            <th scope="row">${reference}</th>
            <td class="num">
              ${formatBytes(files.reduce((sum, f) => sum + ('blob' in f ? f.blob.size : 0), 0))}
            </td>
            <td class="num">
              <button
                class="quiet"
                aria-label="Remove ${reference}"
                ?disabled=${isRunning}
                @click=${() => {
                  remove(reference);
                }}
              >
                ${icon('close')}
              </button>
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Why the recipe cannot be merged, or what merging it takes; nothing while it is looked at. */
export function mergeVerdict(
  problem: Problem | null,
  outlook: MergeOutlook | null,
): TemplateResult | typeof nothing {
  if (problem !== null) {
    const { message, hint, faults } = problem;
    return html`<p class="line bad">${icon('warning', 'Problem')} ${message} ${hint}</p>
      <ul>
        ${faultItems(faults, SHOWN_FAULTS)}
      </ul>`;
  }
  if (outlook === null) return nothing;
  const { tensors, bytes, largestTensorBytes, notes } = outlook;
  return html`<p class="line ok">
      ${icon('done')} Fits: ${tensors} tensors, ${formatBytes(bytes)}; the largest has
      ${formatBytes(largestTensorBytes)} in memory.
    </p>
    ${
      notes.length === 0
        ? nothing
        : html`<ul class="muted small">
            ${notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
    }`;
}

/** What was written; files that the browser holds can be saved one by one. */
export function writtenFiles(done: string, saved: SavedFiles): TemplateResult | typeof nothing {
  if (done === '') return nothing;
  return html`<p class="line ok">${icon('done')} ${done}</p>
    ${
      saved.length === 0
        ? nothing
        : html`<ul>
            ${saved.map(
              ({ name, sizeBytes, url }) =>
                html`<li>
                  <a href=${url} download=${name}>${name}</a> ${formatBytes(sizeBytes)}
                </li>`,
            )}
          </ul>`
    }`;
}

/** How far the merge is, and its end. */
export function progressRow({ text, share }: Progress, stop: () => void): TemplateResult {
  return html`<div class="stack">
    <progress max="1" value=${share} aria-label="Progress of the merge"></progress>
    <div class="row spread">
      <span class="muted small">${text}</span>
      <button
        @click=${() => {
          stop();
        }}
      >
        Stop
      </button>
    </div>
  </div>`;
}
