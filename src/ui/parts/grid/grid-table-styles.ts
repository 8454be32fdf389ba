import { css } from 'lit';

/** How `<mm-grid-table>` looks. */
export const gridTableStyles = css`
  table {
    border-collapse: separate;
    /* Cells keep their width whatever they say. */
    table-layout: fixed;
    border-spacing: 22px 8px;
    margin: -8px -22px;
    width: calc(100% + 44px);
    min-width: calc(96px + var(--columns) * 100px);
  }
  th,
  td {
    border: 0;
    padding: 0;
  }
  thead th:first-child {
    width: 74px;
  }
  thead th {
    padding-inline: 4px;
  }
  tbody th {
    padding-inline-end: 4px;
    vertical-align: middle;
    white-space: nowrap;
  }
  td {
    position: relative;
    min-width: 78px;
    height: 78px;
    padding: 7px 9px;
    vertical-align: top;
    border: 1px solid var(--mm-border);
    border-radius: 8px;
    background: var(--mm-surface);
    cursor: pointer;
  }
  /* Coloured by the metric: what stands on it takes the colour of its text. */
  td.scored .state,
  td.scored small,
  td.scored .from {
    color: inherit;
  }
  td.scored {
    border-color: transparent;
  }
  td.scored:hover {
    filter: brightness(1.06);
  }
  td[rowspan]:not([rowspan='1']) {
    vertical-align: middle;
  }
  .arrow {
    position: absolute;
    left: -22px;
    top: calc(50% - 6px);
    width: 20px;
    height: 12px;
    fill: none;
    stroke: var(--mm-muted);
    stroke-width: 1.6;
    pointer-events: none;
  }
  .detail {
    display: block;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .from {
    display: block;
    font-size: 0.84em;
    color: var(--mm-muted);
  }
  td:hover {
    background: var(--mm-hover);
  }
  td.empty {
    border-style: dashed;
    border-color: var(--mm-border-strong);
  }
  td.queued {
    background: var(--mm-sunken);
  }
  td.training {
    border-color: var(--mm-accent);
    background: var(--mm-accent-soft);
  }
  td.failed {
    border-color: var(--mm-bad);
    background: var(--mm-bad-soft);
  }
  td[aria-selected='true'] {
    box-shadow: 0 0 0 2px var(--mm-accent);
    border-color: transparent;
  }
  td:focus-visible {
    outline-offset: 3px;
  }
  .state {
    display: flex;
    align-items: center;
    gap: 5px;
    font-size: 0.9em;
    color: var(--mm-muted);
  }
  .state b {
    font-weight: inherit;
  }
  .done .state,
  .cached .state {
    color: var(--mm-ok);
  }
  .training .state {
    color: var(--mm-accent);
    font-weight: 600;
  }
  .failed .state {
    color: var(--mm-bad);
  }
  .scroll {
    padding-block: 6px;
    margin-block: -6px;
  }
  .value {
    display: block;
    white-space: nowrap;
    margin-top: 3px;
    font-size: 1.15em;
    font-weight: 620;
    font-variant-numeric: tabular-nums;
  }
  .value small {
    display: block;
    font-size: 0.74em;
    line-height: 1.2;
    font-weight: 400;
    color: var(--mm-muted);
  }
  .meter {
    position: absolute;
    inset: auto 0 0;
    height: 3px;
    overflow: hidden;
    border-radius: 0 0 7px 7px;
  }
  .meter i {
    display: block;
    height: 100%;
    background: var(--mm-accent);
  }
  .training .icon {
    animation: pulse 1.6s ease-in-out infinite;
  }
  @keyframes pulse {
    50% {
      opacity: 0.35;
    }
  }
  /* A phone shows every number: icons alone tell the state there. */
  @media (max-width: 640px) {
    table {
      border-spacing: 11px 6px;
      margin: -6px -11px;
      width: calc(100% + 22px);
      min-width: calc(60px + var(--columns) * 58px);
      font-size: 0.86em;
    }
    tbody th,
    thead th {
      white-space: normal;
      padding-inline: 0;
      overflow-wrap: anywhere;
    }
    td {
      min-width: 0;
      padding: 5px;
    }
    .state b {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .arrow {
      left: -12px;
      width: 11px;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .training .icon {
      animation: none;
    }
  }
`;
