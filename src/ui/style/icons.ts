import { nothing } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { html, svg } from '../../charts/html.ts';

const SHAPES = {
  empty: svg`<circle cx="8" cy="8" r="5.5" stroke-dasharray="2 2.4" />`,
  queued: svg`<circle cx="8" cy="8" r="6" /><path d="M8 4.8V8l2.2 1.6" />`,
  training: svg`<path d="M5 3.2v9.6l7.6-4.8z" />`,
  done: svg`<path d="M3 8.6 6.4 12 13 4.6" />`,
  cached: svg`<path d="M2.5 8.4 5.4 11.4 9 7.4" /><ellipse cx="10.5" cy="4" rx="3.5" ry="1.6" /><path d="M14 4v7.4c0 .9-1.5 1.6-3.5 1.6" />`,
  failed: svg`<path d="m4 4 8 8M12 4l-8 8" />`,
  play: svg`<path d="M5 3.2v9.6l7.6-4.8z" fill="currentColor" />`,
  stop: svg`<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" />`,
  download: svg`<path d="M8 2.5v7.2M4.8 7 8 10.2 11.2 7M3 13.2h10" />`,
  upload: svg`<path d="M8 10V2.8M4.8 6 8 2.8 11.2 6M3 13.2h10" />`,
  warning: svg`<path d="M8 2.6 14.2 13H1.8zM8 6.6v3M8 11.4v.1" />`,
  info: svg`<circle cx="8" cy="8" r="6" /><path d="M8 7.4v3.4M8 5.2v.1" />`,
  chip: svg`<rect x="4" y="4" width="8" height="8" rx="1.4" /><path d="M6.3 1.8V4M9.7 1.8V4M6.3 12v2.2M9.7 12v2.2M1.8 6.3H4M1.8 9.7H4M12 6.3h2.2M12 9.7h2.2" />`,
  memory: svg`<rect x="1.8" y="4.5" width="12.4" height="7" rx="1" /><path d="M4.6 7v2M8 7v2M11.4 7v2" />`,
  sun: svg`<circle cx="8" cy="8" r="2.8" /><path d="M8 1.6v1.6M8 12.8v1.6M1.6 8h1.6M12.8 8h1.6M3.5 3.5l1.1 1.1M11.4 11.4l1.1 1.1M12.5 3.5l-1.1 1.1M4.6 11.4l-1.1 1.1" />`,
  moon: svg`<path d="M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6z" />`,
  auto: svg`<circle cx="8" cy="8" r="5.6" /><path d="M8 2.4v11.2a5.6 5.6 0 0 0 0-11.2z" fill="currentColor" />`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8" />`,
  merge: svg`<path d="M4 2.5v2.8c0 2.4 4 2.6 4 5.2v3M12 2.5v2.8c0 2.4-4 2.6-4 5.2" />`,
  up: svg`<path d="M8 12.5v-9M4.5 7 8 3.5 11.5 7" />`,
  down: svg`<path d="M8 3.5v9M4.5 9 8 12.5 11.5 9" />`,
} as const;

export type IconName = keyof typeof SHAPES;

/** An inline icon; decoration unless a label is given. */
export function icon(name: IconName, label?: string): TemplateResult {
  const shape: SVGTemplateResult = SHAPES[name];
  return html`<svg
    class="icon"
    viewBox="0 0 16 16"
    role=${label === undefined ? nothing : 'img'}
    aria-label=${label ?? nothing}
    aria-hidden=${label === undefined ? 'true' : nothing}
  >
    ${shape}
  </svg>`;
}
