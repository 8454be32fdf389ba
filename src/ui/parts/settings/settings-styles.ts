import { css } from 'lit';

/** Of the settings form: name and control beside what they do, below each other where it is narrow. */
export const settingsStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 4px;
  }
  summary {
    cursor: pointer;
    color: var(--mm-accent);
    font-weight: 550;
    width: max-content;
    max-width: 100%;
    padding-block: 6px;
  }
  .fields,
  .entries {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 10px;
  }
  .setting {
    display: grid;
    grid-template-columns: minmax(160px, 230px) minmax(0, 1fr);
    gap: 2px 16px;
    align-items: start;
    padding-top: 8px;
    border-top: 1px solid var(--mm-border);
  }
  .setting > * {
    grid-column: 1;
    min-width: 0;
  }
  .setting > .help {
    grid-column: 2;
    grid-row: 1 / span 3;
  }
  .name {
    font-weight: 550;
  }
  .help {
    color: var(--mm-muted);
    font-size: 0.9em;
  }
  .setting.wide > * {
    grid-column: 1 / -1;
    grid-row: auto;
  }
  .setting .fields,
  .setting .entries {
    padding-inline-start: 14px;
    border-inline-start: 2px solid var(--mm-border);
  }
  .control input[type='number'],
  .control input[type='text'],
  .control select {
    width: 100%;
    max-width: 230px;
  }
  .either {
    align-items: start;
  }
  .either > .fields {
    flex: 1 1 100%;
  }
  @media (max-width: 640px) {
    .setting {
      grid-template-columns: minmax(0, 1fr);
    }
    .setting > .help {
      grid-column: 1;
      grid-row: auto;
    }
  }
`;
