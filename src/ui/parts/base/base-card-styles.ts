import { css } from 'lit';

/** Of the card in which a language model is chosen. */
export const baseCardStyles = css`
  .facts {
    display: grid;
    grid-template-columns: max-content 1fr;
    gap: 3px 16px;
  }
  dt {
    color: var(--mm-muted);
  }
  dd {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  progress {
    width: 100%;
    height: 8px;
    accent-color: var(--mm-accent);
  }
  summary {
    cursor: pointer;
    color: var(--mm-accent);
    font-weight: 550;
    width: max-content;
    max-width: 100%;
    padding-block: 4px;
  }
  .hub {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(220px, 100%), 1fr));
    gap: 10px 12px;
    margin-top: 8px;
  }
  .hub .wide {
    grid-column: 1 / -1;
  }
  .failed {
    display: flex;
    gap: 12px;
    padding: 10px 14px;
    border: 1px solid var(--mm-bad);
    border-radius: var(--mm-radius-small);
    background: var(--mm-bad-soft);
  }
  .failed > .icon {
    color: var(--mm-bad);
    margin-top: 2px;
  }
  .failed div {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .failed ul {
    margin-top: 6px;
    padding-inline-start: 18px;
  }
  .kept {
    list-style: none;
    display: grid;
    gap: 4px;
  }
`;
