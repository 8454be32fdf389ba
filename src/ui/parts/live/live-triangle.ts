import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html, svg } from '../../../charts/html.ts';
import {
  roundedPlace,
  TRIANGLE,
  TRIANGLE_PARTS,
  type LiveTriangle,
} from '../../document/live-axes.ts';
import {
  HEIGHT,
  pointOf,
  sharesAt,
  snapped,
  withShare,
  type FieldCell,
  type LiveField,
  type Shares,
} from '../../figures/live-field.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { LiveMoveEvent, type LiveMove } from './live-move.ts';

const FINEST = TRIANGLE_PARTS[TRIANGLE_PARTS.length - 1] ?? 20;
const STEP = 0.05;
const SMALL_STEP = 0.01;
/** Room for the names at the corners. */
const MARGIN = 9;

/** Shares of three models: a field filled coarse to fine, and the point that is dragged over it. */
export class MmLiveTriangle extends LitElement {
  static override readonly properties = {
    triangle: { attribute: false },
    field: { attribute: false },
    ghost: { attribute: false },
    told: { type: String },
    digits: { type: Number },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      svg {
        display: block;
        width: 100%;
        max-height: 250px;
        overflow: visible;
        touch-action: none;
        cursor: crosshair;
        border-radius: var(--mm-radius-small);
      }
      .side {
        fill: none;
        stroke: var(--mm-border-strong);
        stroke-width: 1.5;
        vector-effect: non-scaling-stroke;
      }
      .empty {
        fill: var(--mm-sunken);
      }
      text {
        font-size: 5px;
        font-weight: 650;
        fill: var(--mm-text);
      }
      .point {
        fill: var(--mm-merged);
        stroke: var(--mm-surface);
        stroke-width: 0.9;
      }
      .ghost {
        fill: none;
        stroke: var(--mm-merged);
        stroke-width: 0.7;
        stroke-dasharray: 1.2 1;
      }
      .best {
        fill: none;
        stroke: #fff;
        stroke-width: 0.8;
        paint-order: stroke;
      }
      .best.under {
        stroke: #000;
        stroke-width: 1.5;
      }
      .parent {
        fill: var(--mm-surface);
        stroke: var(--mm-text);
        stroke-width: 0.7;
      }
      .shares {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 8px;
        margin-top: 6px;
      }
      .shares label {
        display: grid;
        gap: 2px;
        font-weight: 550;
      }
      .shares input {
        width: 100%;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  declare triangle: LiveTriangle | null;
  declare field: LiveField | null;
  declare ghost: Shares | null;
  /** What the colours are. */
  declare told: string;
  declare digits: number;

  constructor() {
    super();
    this.triangle = null;
    this.field = null;
    this.ghost = null;
    this.told = '';
    this.digits = 2;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { triangle, field } = this;
    if (triangle === null || field === null) return nothing;
    const { models, value } = triangle;
    const corners = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ] as const;
    const here = pointOf(value);
    const ghost = this.ghost === null ? null : pointOf(this.ghost);
    const outline = corners.map((corner) => pointOf(corner));
    const path = outline.map(({ x, y }) => `${x.toFixed(2)},${y.toFixed(2)}`).join(' ');
    return html`<svg
        viewBox="${-MARGIN} ${-MARGIN} ${100 + 2 * MARGIN} ${HEIGHT + 2 * MARGIN}"
        role="slider"
        tabindex="0"
        aria-label="Shares of three models; arrow keys move the point"
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${Math.round(100 * value[0])}
        aria-valuetext=${this.words(triangle)}
        @pointerdown=${this.onPointer}
        @pointermove=${this.onPointer}
        @pointerup=${this.onPointer}
        @keydown=${this.onKey}
      >
        <defs>
          <clipPath id="inside"><polygon points=${path} /></clipPath>
        </defs>
        <polygon class="empty" points=${path} />
        <g clip-path="url(#inside)">${field.cells.map(hexagon)}</g>
        <polygon class="side" points=${path} />
        ${outline.map(({ x, y }, at) => {
          const anchor = at === 0 ? 'middle' : at === 1 ? 'start' : 'end';
          return svg`<circle class="parent" cx=${x} cy=${y} r="1.8" />
            <text x=${at === 0 ? x : at === 1 ? -MARGIN + 1 : 100 + MARGIN - 1} y=${at === 0 ? -4 : y + 7.5} text-anchor=${anchor}>${models[at]}</text>`;
        })}
        ${
          field.best === null
            ? nothing
            : [' under', ''].map(
                (layer) =>
                  svg`<circle class="best${layer}" cx=${field.best?.x ?? 0} cy=${field.best?.y ?? 0} r="2.6" />`,
              )
        }
        ${ghost === null ? nothing : svg`<circle class="ghost" cx=${ghost.x} cy=${ghost.y} r="2.6" />`}
        <circle class="point" cx=${here.x} cy=${here.y} r="2.8" />
      </svg>
      <p class="small muted">${this.legend(field)}</p>
      <div class="shares">${models.map((model, at) => this.shareField(triangle, model, at))}</div>`;
  }

  private shareField({ value }: LiveTriangle, model: string, at: number): TemplateResult {
    return html`<label
      >${model}
      <input
        type="number"
        min="0"
        max="1"
        step="0.05"
        .value=${String(value[at] ?? 0)}
        @change=${(event: Event) => {
          const { target } = event;
          if (!(target instanceof HTMLInputElement) || !Number.isFinite(target.valueAsNumber))
            return;
          this.move(
            withShare(value, at === 0 ? 0 : at === 1 ? 1 : 2, target.valueAsNumber),
            'release',
          );
        }}
    /></label>`;
  }

  private legend({ measured, total, low, high, best }: LiveField): string {
    if (measured === 0 || best === null) return 'The field fills as it is measured.';
    const of = (value: number) => value.toFixed(this.digits);
    const place = best.at.map((share) => share.toFixed(2)).join(' : ');
    return `${this.told}: ${of(low)} to ${of(high)}, brighter is better; ring: best so far, at ${place}. ${String(measured)} of ${String(total)} points.`;
  }

  private words({ models, value }: LiveTriangle): string {
    return models.map((model, at) => `${model} ${(value[at] ?? 0).toFixed(2)}`).join(', ');
  }

  private readonly onPointer = (event: PointerEvent): void => {
    const { currentTarget: target, type, pointerId } = event;
    if (!(target instanceof SVGSVGElement)) return;
    if (type === 'pointerdown') target.setPointerCapture(pointerId);
    if (!target.hasPointerCapture(pointerId)) return;
    const matrix = target.getScreenCTM();
    if (matrix === null) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    this.move(snapped(sharesAt(at), FINEST), type === 'pointerup' ? 'release' : 'drag');
  };

  /** Up and down: more or less of the model at the top. Left and right: from one below to the other. */
  private readonly onKey = (event: KeyboardEvent): void => {
    const { triangle } = this;
    if (triangle === null) return;
    const step = event.shiftKey ? SMALL_STEP : STEP;
    const [first, second, third] = triangle.value;
    const across = (by: number): Shares => {
      const moved = Math.min(second, Math.max(-third, by));
      return [first, roundedPlace(second - moved), roundedPlace(third + moved)];
    };
    const moves: Readonly<Record<string, () => Shares>> = {
      ArrowUp: () => withShare(triangle.value, 0, first + step),
      ArrowDown: () => withShare(triangle.value, 0, first - step),
      ArrowLeft: () => across(-step),
      ArrowRight: () => across(step),
      Home: () => [1, 0, 0],
    };
    const next = moves[event.key]?.();
    if (next === undefined) return;
    event.preventDefault();
    this.move(next, 'release');
  };

  private move(at: Shares, phase: LiveMove['phase']): void {
    this.dispatchEvent(new LiveMoveEvent({ axis: TRIANGLE, at, phase }));
  }
}

function hexagon({ x, y, radius, color }: FieldCell) {
  // A little larger than its cell, so that no seam shows between two.
  const points = Array.from({ length: 6 }, (_, corner) => {
    const angle = (Math.PI / 3) * corner + Math.PI / 6;
    return `${(x + radius * 1.02 * Math.cos(angle)).toFixed(2)},${(y + radius * 1.02 * Math.sin(angle)).toFixed(2)}`;
  });
  return svg`<polygon points=${points.join(' ')} fill=${color} />`;
}

define('mm-live-triangle', MmLiveTriangle);
