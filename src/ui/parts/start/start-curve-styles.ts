import { css } from 'lit';

/** Of the curves over the share: a shop's colour comes from its group. */
export const startCurveStyles = css`
  .plot {
    position: relative;
    height: 200px;
    margin: 8px 18px 0 42px;
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
    stroke: var(--shop);
    stroke-width: 2.6;
    vector-effect: non-scaling-stroke;
  }
  .second .curve {
    stroke-dasharray: 7 4;
  }
  .curve.shadow {
    stroke-width: 1.5;
    opacity: 0.4;
  }
  .band {
    fill: var(--shop);
    opacity: 0.11;
  }
  .counting {
    stroke: var(--shop);
    stroke-dasharray: 1.5 4;
    stroke-width: 1.5;
  }
  .own {
    fill: var(--mm-surface);
    stroke: var(--shop);
    stroke-width: 2.6;
  }
  .dot {
    fill: var(--shop);
    stroke: var(--mm-surface);
    stroke-width: 2;
  }
  .ghost {
    fill: var(--shop);
    opacity: 0.3;
  }
  .name,
  .value {
    fill: var(--shop);
    font-weight: 650;
    paint-order: stroke;
    stroke: var(--mm-surface);
    stroke-width: 4px;
    stroke-linejoin: round;
  }
  .near {
    opacity: 0;
  }
  .value {
    font-size: 14px;
  }
  .here {
    stroke: var(--mm-merged);
    stroke-dasharray: 2 3;
    stroke-width: 1.5;
  }
  .slider {
    margin: 2px 8px 0 32px;
  }
  input[type='range'] {
    accent-color: var(--mm-merged);
  }
  .ends {
    display: flex;
    justify-content: space-between;
    align-items: baseline;
    margin: 0 18px 0 42px;
    font-weight: 620;
  }
  .ends span {
    color: var(--shop);
  }
  output {
    color: var(--mm-merged);
    font-variant-numeric: tabular-nums;
    font-size: 1.07rem;
  }
  @media (prefers-reduced-motion: no-preference) {
    .dot {
      transition:
        cx 90ms linear,
        cy 90ms linear;
    }
  }
  @media (max-width: 1100px) {
    .plot {
      height: 170px;
    }
  }
  @media (max-width: 640px) {
    .wide {
      display: none;
    }
    .plot {
      height: 220px;
      margin-inline: 30px 8px;
    }
    .ends {
      margin-inline: 30px 8px;
    }
    .slider {
      margin-inline: 20px 0;
    }
  }
`;
