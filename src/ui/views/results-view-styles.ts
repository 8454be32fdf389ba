import { css } from 'lit';

/** How `<mm-results-view>` looks. */
export const resultsViewStyles = css`
  .tools {
    margin-bottom: 12px;
    align-items: end;
  }
  .tools .field {
    flex: 0 1 150px;
  }
  .tools .wide {
    flex: 1 1 200px;
  }
  .tools .count {
    padding-bottom: 6px;
  }
  .tools .buttons {
    margin-inline-start: auto;
  }
  th button {
    border: 0;
    background: none;
    padding: 2px 4px;
    margin: -2px -4px;
    min-height: 26px;
    font-weight: 550;
    font-size: 1em;
    color: inherit;
    gap: 3px;
  }
  th .icon {
    width: 12px;
    height: 12px;
  }
  tbody tr:hover {
    background: var(--mm-hover);
  }
  tbody th {
    white-space: nowrap;
  }
  td {
    white-space: nowrap;
  }
  td small {
    color: var(--mm-muted);
  }
  td .difference.better,
  td .difference.worse {
    color: inherit;
    font-weight: 650;
  }
  tr.baseline th,
  tr.baseline td {
    background: var(--mm-sunken);
  }
  h1 {
    margin-bottom: 4px;
  }
  .intro {
    margin-bottom: var(--mm-gap);
  }
`;
