import { css } from 'lit';

/** How `<mm-learning-curves>` looks. */
export const learningCurvesStyles = css`
  .tools {
    margin-bottom: 10px;
  }
  .tools .end {
    display: flex;
    gap: 6px;
    margin-inline-start: auto;
  }
  .tools button {
    min-height: 30px;
    padding: 2px 10px;
  }
  button[aria-pressed='true'] {
    border-color: var(--mm-accent);
    color: var(--mm-accent);
    background: var(--mm-accent-soft);
  }
  .choices {
    display: flex;
  }
  .choices button {
    border-radius: 0;
    margin-inline-start: -1px;
  }
  .choices button:first-child {
    border-start-start-radius: var(--mm-radius-small);
    border-end-start-radius: var(--mm-radius-small);
  }
  .choices button:last-child {
    border-start-end-radius: var(--mm-radius-small);
    border-end-end-radius: var(--mm-radius-small);
  }
  .choices button[aria-pressed='true'] {
    z-index: 1;
  }
  .both {
    display: flex;
    flex-wrap: wrap;
    gap: 12px 20px;
    align-items: start;
  }
  .both > :first-child {
    flex: 1 1 400px;
    min-width: 0;
  }
  .both > .scroll {
    flex: 0 1 auto;
    max-width: 100%;
    margin-inline: 0;
    padding-inline: 0;
  }
  .both th,
  .both td {
    padding-inline: 6px;
  }
  .both thead th {
    white-space: normal;
    vertical-align: bottom;
  }
  tbody th,
  td {
    white-space: nowrap;
  }
  caption {
    white-space: normal;
  }
  thead small {
    display: block;
    font-weight: 400;
  }
  .gap {
    font-weight: 620;
  }
  .gap small {
    font-weight: 400;
  }
  .twin {
    max-height: 320px;
    overflow: auto;
    margin-inline: 0;
    padding-inline: 0;
  }
`;
