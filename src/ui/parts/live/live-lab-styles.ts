import { css } from 'lit';

/** Of the live lab: picture and bars side by side, one below the other where there is no room. */
export const liveLabStyles = css`
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 14px;
  }
  .badge {
    margin-inline-start: auto;
    border: 1px solid var(--mm-accent);
    border-radius: 999px;
    padding: 1px 10px;
    font-variant-numeric: tabular-nums;
    font-size: 0.86em;
    white-space: nowrap;
  }
  .badge[data-stale] {
    border-style: dashed;
    color: var(--mm-muted);
  }
  .switch {
    display: inline-flex;
    border: 1px solid var(--mm-border);
    border-radius: var(--mm-radius-small);
  }
  .switch button {
    min-height: 26px;
    padding: 1px 10px;
  }
  .switch button[aria-pressed='true'] {
    background: var(--mm-accent-soft);
    font-weight: 650;
  }
  .scene {
    display: grid;
    grid-template-columns: minmax(0, 1.5fr) minmax(230px, 1fr);
    gap: 4px 24px;
    margin-top: 6px;
  }
  .main {
    min-height: 262px;
  }
  .of {
    gap: 8px;
    margin-bottom: 4px;
  }
  .bars {
    display: grid;
    align-content: start;
    gap: 10px;
  }
  .bars[data-stale] {
    opacity: 0.55;
  }
  .more {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(190px, 1fr));
    gap: 8px 24px;
    margin-top: 8px;
    padding-top: 6px;
    border-top: 1px solid var(--mm-border);
  }
  p {
    margin-top: 8px;
  }
  @media (max-width: 720px) {
    .scene {
      grid-template-columns: minmax(0, 1fr);
    }
    .main {
      min-height: 218px;
    }
    .badge {
      margin-inline-start: 0;
    }
  }
`;
