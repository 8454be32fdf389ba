import { css } from 'lit';

/** Of the tree of a search: a line a prefix, a bar a model. */
export const beamTreeStyles = css`
  .tree,
  .head {
    --line: minmax(130px, 0.9fr) repeat(var(--models), minmax(84px, 1fr)) minmax(0, 2.2fr);
    min-width: min(100%, 300px);
  }
  .head,
  .line {
    display: grid;
    grid-template-columns: var(--line);
    gap: 4px 12px;
    align-items: center;
  }
  .head {
    color: var(--mm-muted);
    font-size: 0.9em;
    font-weight: 550;
    padding: 2px 6px;
    border-bottom: 1px solid var(--mm-border-strong);
  }
  .line {
    min-height: 30px;
    padding: 2px 6px;
    border-bottom: 1px solid var(--mm-border);
    border-radius: var(--mm-radius-small);
    cursor: default;
  }
  .line.opens {
    cursor: pointer;
  }
  .line:hover {
    background: var(--mm-hover);
  }
  .name {
    display: flex;
    align-items: center;
    gap: 4px;
    padding-inline-start: calc((var(--level) - 1) * 16px);
    white-space: nowrap;
  }
  .fold {
    width: 14px;
    flex: none;
    color: var(--mm-muted);
  }
  .code {
    font-family: var(--mm-mono);
    padding: 0 6px;
    border-radius: 4px;
    background: var(--mm-sunken);
    border: 1px solid var(--mm-border);
  }
  .more,
  .left,
  .cut {
    color: var(--mm-muted);
  }
  .cut .fold {
    color: var(--mm-bad);
  }
  .p {
    display: grid;
    grid-template-columns: 52px 1fr;
    gap: 6px;
    align-items: center;
    font-variant-numeric: tabular-nums;
    font-size: 0.92em;
  }
  .p > span:first-child {
    text-align: end;
  }
  .bar {
    height: 8px;
    border-radius: 2px;
    background: var(--mm-sunken);
    overflow: hidden;
  }
  .bar > span {
    display: block;
    height: 100%;
    background: var(--own);
  }
  .cut .bar > span {
    background: repeating-linear-gradient(45deg, var(--mm-bad) 0 2px, transparent 2px 5px);
  }
  .more .bar > span {
    opacity: 0.55;
  }
  .left .bar > span {
    background: var(--mm-border-strong);
  }
  .first {
    --own: var(--mm-series-1);
  }
  .merge {
    --own: var(--mm-merged);
  }
  .second {
    --own: var(--mm-series-2);
  }
  .gone {
    color: var(--mm-muted);
    font-size: 0.9em;
  }
  .items {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 0.92em;
  }
  .line.taken {
    background: var(--mm-ok-soft);
  }
  details {
    margin-top: 10px;
  }
  summary {
    cursor: pointer;
    color: var(--mm-accent);
    min-height: 24px;
  }
  .scroll {
    max-height: 420px;
    overflow: auto;
    margin-top: 6px;
  }
  @container (max-width: 640px) {
    .tree,
    .head {
      --line: repeat(var(--models), minmax(0, 1fr));
    }
    .line > .name,
    .line > .items,
    .head > .name,
    .head > .items {
      grid-column: 1 / -1;
    }
    .p {
      grid-template-columns: 46px 1fr;
    }
    .line {
      padding-block: 6px;
    }
  }
  @media (forced-colors: active) {
    .bar > span {
      forced-color-adjust: none;
    }
  }
`;
