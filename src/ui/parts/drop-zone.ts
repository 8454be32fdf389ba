import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';

interface DropZone {
  /** Whether something is held over it. */
  readonly over: boolean;
  readonly hover: (over: boolean) => void;
  readonly take: (data: DataTransfer | null) => void;
}

/** A place to drop files on, with other ways to choose them inside; its look is `dropStyles`. */
export function dropZone({ over, hover, take }: DropZone, content: TemplateResult): TemplateResult {
  return html`<div
    class="drop ${over ? 'over' : ''}"
    @dragover=${(event: DragEvent) => {
      event.preventDefault();
      hover(true);
    }}
    @dragleave=${() => {
      hover(false);
    }}
    @drop=${(event: DragEvent) => {
      event.preventDefault();
      hover(false);
      take(event.dataTransfer);
    }}
  >
    ${content}
  </div>`;
}
