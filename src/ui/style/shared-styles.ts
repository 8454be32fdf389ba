import { css } from 'lit';
import { controlStyles } from './control-styles.ts';

/** What every component of the page shares: text, cards, buttons, fields, tables, chips. */
export const sharedStyles = css`
  :host {
    display: block;
    color: var(--mm-text);
    font: inherit;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  figure {
    margin: 0;
    padding: 0;
  }
  h1 {
    font-size: 1.43rem;
    font-weight: 650;
    letter-spacing: -0.01em;
    line-height: 1.25;
  }
  h2 {
    font-size: 1.07rem;
    font-weight: 620;
    line-height: 1.3;
  }
  h3 {
    font-size: 0.93rem;
    font-weight: 620;
  }
  a {
    color: var(--mm-accent);
  }
  code,
  .mono {
    font-family: var(--mm-mono);
    font-size: 0.92em;
  }
  .muted {
    color: var(--mm-muted);
  }
  .small {
    font-size: 0.9em;
  }
  .number {
    font-variant-numeric: tabular-nums;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 12px;
    align-items: center;
  }
  .line {
    display: flex;
    gap: 8px;
  }
  .line .icon {
    margin-top: 2px;
  }
  .spread {
    justify-content: space-between;
  }
  .stack {
    display: grid;
    gap: var(--mm-gap);
    min-width: 0;
  }
  .icon {
    width: 16px;
    height: 16px;
    flex: none;
    vertical-align: -3px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.7;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  :focus-visible {
    outline: 2px solid var(--mm-accent);
    outline-offset: 2px;
  }

  .card {
    background: var(--mm-surface);
    border: 1px solid var(--mm-border);
    border-radius: var(--mm-radius);
    box-shadow: var(--mm-shadow);
    padding: 16px;
    min-width: 0;
  }
  .card > header {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    align-items: baseline;
    justify-content: space-between;
    margin-bottom: 12px;
  }
  .card > header p {
    color: var(--mm-muted);
    font-size: 0.93em;
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: 28px 16px;
    text-align: center;
    color: var(--mm-muted);
    border: 1px dashed var(--mm-border-strong);
    border-radius: var(--mm-radius-small);
  }

  ${controlStyles}

  .scroll {
    position: relative;
    overflow-x: auto;
    margin-inline: -16px;
    padding-inline: 16px;
  }
  table {
    border-collapse: collapse;
    width: 100%;
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
    padding: 5px 10px;
    text-align: start;
    border-bottom: 1px solid var(--mm-border);
    vertical-align: baseline;
  }
  thead th {
    color: var(--mm-muted);
    font-weight: 550;
    font-size: 0.9em;
    white-space: nowrap;
    border-bottom-color: var(--mm-border-strong);
  }
  th[scope='row'] {
    font-weight: 550;
  }
  th.num,
  td.num {
    text-align: end;
  }

  .chip {
    display: inline-flex;
    align-items: center;
    gap: 5px;
    padding: 1px 9px 1px 7px;
    min-height: 24px;
    border: 1px solid var(--mm-border);
    border-radius: 999px;
    background: var(--mm-sunken);
    font-size: 0.9em;
    white-space: nowrap;
  }
  .ok {
    color: var(--mm-ok);
  }
  .warn {
    color: var(--mm-warn);
  }
  .bad {
    color: var(--mm-bad);
  }
  .chip.ok {
    background: var(--mm-ok-soft);
    border-color: transparent;
  }
  .chip.warn {
    background: var(--mm-warn-soft);
    border-color: transparent;
  }
  .chip.bad {
    background: var(--mm-bad-soft);
    border-color: transparent;
  }
`;
