import { css } from 'lit';

/** How `<mm-merge-form>` looks. */
export const mergeFormStyles = css`
  form {
    display: grid;
    gap: 14px;
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
    gap: 12px;
  }
  .whole {
    grid-column: 1 / -1;
  }
  fieldset {
    border: 0;
    margin: 0;
    padding: 0;
    display: grid;
    gap: 8px;
    min-width: 0;
  }
  legend {
    font-weight: 550;
    padding: 0;
    margin-bottom: 6px;
  }
  .slider {
    display: grid;
    grid-template-columns: minmax(96px, 0.8fr) minmax(70px, 1.4fr) 78px;
    gap: 10px;
    align-items: center;
  }
  .slider label {
    display: flex;
    gap: 8px;
    align-items: center;
    overflow-wrap: anywhere;
  }
  .slider + .help {
    margin: -6px 0 2px;
  }
  .slider.inner {
    padding-left: 24px;
  }
  .source {
    font-size: 0.82em;
  }
  .picture {
    display: grid;
    gap: 4px;
  }
  .picture svg {
    width: 100%;
    height: auto;
  }
  .picture .label {
    font-size: 11px;
    fill: var(--mm-muted);
  }
  .picture .axis {
    stroke: var(--mm-border);
  }
  .picture .model-0 {
    fill: var(--mm-series-1);
  }
  .picture .model-1 {
    fill: var(--mm-series-3);
  }
  .picture .model-2 {
    fill: var(--mm-series-6);
  }
  .picture .merged {
    fill: var(--mm-series-2);
  }
  details {
    display: grid;
    gap: 8px;
  }
  summary {
    cursor: pointer;
    font-weight: 550;
  }
  .gradient {
    display: grid;
    grid-template-columns: minmax(120px, 1fr) minmax(90px, 1fr) 80px;
    gap: 10px;
    align-items: center;
    margin-top: 8px;
  }
  .gradient svg {
    width: 80px;
    height: 20px;
    stroke: var(--mm-accent);
    stroke-width: 1.5;
  }
  .help {
    color: var(--mm-muted);
    font-size: 0.9em;
  }
  .note {
    display: flex;
    gap: 8px;
    padding: 8px 12px;
    border-radius: var(--mm-radius-small);
    background: var(--mm-accent-soft);
  }
  .note .icon {
    margin-top: 2px;
  }
`;
