import { css } from 'lit';

/** Of the curves along one number: a domain's colour comes from its group. */
export const liveCurveStyles = css`
  .plot {
    position: relative;
    height: 190px;
    margin: 14px 16px 4px 44px;
  }
  :host([small]) .plot {
    height: 54px;
    margin: 6px 8px 0;
    border-bottom: 1px solid var(--mm-border);
  }
  svg {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    overflow: visible;
    font-size: 12px;
  }
  .line {
    stroke: var(--mm-border);
  }
  text {
    fill: var(--mm-muted);
  }
  .curve {
    fill: none;
    stroke: var(--domain);
    stroke-width: 2.6;
    vector-effect: non-scaling-stroke;
  }
  :host([small]) .curve {
    stroke-width: 1.8;
  }
  .dash-1 {
    stroke-dasharray: 7 4;
  }
  .dash-2 {
    stroke-dasharray: 2 3;
  }
  .curve.before {
    stroke-width: 1.5;
    opacity: 0.4;
  }
  .band {
    fill: var(--domain);
    opacity: 0.1;
  }
  .parent {
    stroke: var(--domain);
    stroke-dasharray: 1.5 4;
    stroke-width: 1.5;
    vector-effect: non-scaling-stroke;
  }
  .own {
    fill: var(--mm-surface);
    stroke: var(--domain);
    stroke-width: 2.6;
  }
  .dot {
    fill: var(--domain);
    stroke: var(--mm-surface);
    stroke-width: 2;
  }
  .ghost {
    fill: var(--domain);
    opacity: 0.3;
  }
  :host([stale]) .dot,
  :host([stale]) .value {
    opacity: 0.45;
  }
  .name,
  .value {
    fill: var(--domain);
    font-weight: 650;
    paint-order: stroke;
    stroke: var(--mm-surface);
    stroke-width: 4px;
    stroke-linejoin: round;
  }
  .value {
    font-size: 14px;
  }
  .here {
    stroke: var(--mm-merged);
    stroke-dasharray: 2 3;
    stroke-width: 1.5;
  }
  input.slider {
    display: block;
    width: calc(100% - 44px);
    margin: 0 8px 0 36px;
    accent-color: var(--mm-merged);
  }
  :host([small]) input.slider {
    width: 100%;
    margin: 0;
  }
  .ends {
    display: grid;
    grid-template-columns: 1fr auto 1fr;
    align-items: center;
    gap: 8px;
    margin: 2px 16px 0 44px;
    font-weight: 600;
  }
  .ends span:last-child {
    text-align: end;
  }
  :host([small]) .ends {
    grid-template-columns: 1fr auto;
    margin: 2px 0 0;
    font-weight: 500;
  }
  :host([small]) .ends span:last-child {
    display: none;
  }
  .ends input[type='number'] {
    min-height: 28px;
    width: 92px;
    text-align: center;
    color: var(--mm-merged);
    font-weight: 650;
    font-variant-numeric: tabular-nums;
  }
  @media (prefers-reduced-motion: no-preference) {
    .dot {
      transition:
        cx 90ms linear,
        cy 90ms linear;
    }
  }
  @media (max-width: 640px) {
    .plot {
      height: 150px;
      margin-inline: 34px 8px;
    }
    input.slider {
      width: calc(100% - 26px);
      margin-inline: 26px 4px;
    }
    .ends {
      margin-inline: 34px 8px;
    }
  }
`;
