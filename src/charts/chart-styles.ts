import { css } from 'lit';

/** Base styles of charts; colours come from the page's design tokens. */
export const chartStyles = css`
  :host {
    display: block;
    min-width: 0;
    color: var(--mm-text);
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :focus-visible {
    outline: 2px solid var(--mm-accent);
    outline-offset: 2px;
  }
  .scroll {
    position: relative;
    overflow-x: auto;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  table {
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  caption {
    text-align: start;
    color: var(--mm-muted);
    font-size: 0.93em;
    padding-bottom: 6px;
  }
  th,
  td {
    padding: 4px 10px;
    text-align: start;
    font-weight: inherit;
  }
  thead th {
    color: var(--mm-muted);
    font-weight: 550;
    font-size: 0.9em;
  }
  .num {
    text-align: end;
  }
  button {
    font: inherit;
    font-size: 0.93em;
    font-weight: 550;
    color: var(--mm-accent);
    background: none;
    border: 1px solid transparent;
    border-radius: 6px;
    min-height: 28px;
    padding: 2px 8px;
    cursor: pointer;
  }
  button:hover {
    background: var(--mm-hover);
  }
  button[aria-pressed='true'] {
    border-color: var(--mm-border-strong);
    background: var(--mm-sunken);
  }
`;
