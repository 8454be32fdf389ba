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
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(220px, 100%), 1fr));
    gap: 14px 18px;
    align-items: start;
  }
  .entries {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 10px;
  }
  .entries > button {
    justify-self: start;
  }
  .setting {
    display: grid;
    gap: 4px;
    min-width: 0;
  }
  .setting.wide {
    grid-column: 1 / -1;
    padding-top: 8px;
    border-top: 1px solid var(--mm-border);
  }
  .name {
    font-weight: 550;
  }
  .help {
    color: var(--mm-muted);
    font-size: 0.9em;
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
`;
