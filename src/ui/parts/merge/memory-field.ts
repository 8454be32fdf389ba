import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { memoryOf, suggestedMemory } from '../../session/merge-memory.ts';
import { valueOf } from '../form-fields.ts';

/** How much of the memory a merge may take: what the machine tells, unless something is typed. */
export function memoryField(
  text: string,
  isDisabled: boolean,
  change: (text: string) => void,
): TemplateResult {
  const { bytes, why } = suggestedMemory();
  const isWrong = memoryOf(text) === null;
  return html`<div class="field">
    <label for="files-memory">Memory for tensors, in MB</label>
    <input
      id="files-memory"
      type="number"
      min="1"
      placeholder=${Math.floor(bytes / 1e6)}
      aria-describedby="files-memory-why"
      aria-invalid=${isWrong}
      ?disabled=${isDisabled}
      .value=${text}
      @input=${(event: Event) => {
        change(valueOf(event));
      }}
    />
    <p id="files-memory-why" class="muted small">
      ${why} What needs more says how much, and writes nothing.
      ${isWrong ? html`<strong>Give a number of megabytes from 1 on.</strong>` : nothing}
    </p>
  </div>`;
}

/** What was typed, or what the machine tells; null where it cannot be meant. */
export function memoryOptions(text: string): { readonly budgetBytes: number } | null {
  const typed = memoryOf(text);
  if (typed === null) return null;
  return { budgetBytes: typed ?? suggestedMemory().bytes };
}
