import { css } from 'lit';

/** How `<mm-grid-table>` looks. */
export const gridTableStyles = css`
  table {
    border-collapse: separate;
    border-spacing: 8px;
    margin: -8px;
    width: calc(100% + 16px);
    min-width: 520px;
  }
  th,
  td {
    border: 0;
    padding: 0;
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
    width: 24%;
    min-width: 124px;
    height: 66px;
    padding: 8px 10px;
    vertical-align: top;
    border: 1px solid var(--mm-border);
    border-radius: 8px;
    background: var(--mm-surface);
    cursor: pointer;
    overflow: hidden;
  }
  td:hover {
    background: var(--mm-hover);
  }
  td.gap {
    border: 0;
    background: none;
    cursor: default;
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
    font-size: 0.78em;
    font-weight: 400;
    color: var(--mm-muted);
  }
  .meter {
    position: absolute;
    inset: auto 0 0;
    height: 3px;
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
  @media (max-width: 640px) {
    tbody th {
      white-space: normal;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .training .icon {
      animation: none;
    }
  }
`;
