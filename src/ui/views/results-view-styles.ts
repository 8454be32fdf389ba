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
  /* The first number is beside the name: baselines are told by their ground, kinds by their names. */
  @media (max-width: 640px) {
    th:nth-child(2),
    td:nth-child(2) {
      display: none;
    }
    tbody th,
    td:nth-child(3),
    td:nth-child(4) {
      white-space: normal;
    }
    tbody th {
      position: sticky;
      left: 0;
      min-width: 96px;
      max-width: 120px;
      background: var(--mm-surface);
    }
  }
  .intro {
    margin-bottom: var(--mm-gap);
  }
`;
