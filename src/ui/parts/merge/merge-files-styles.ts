import { css } from 'lit';

export const mergeFilesStyles = css`
  .form {
    display: grid;
    gap: 14px;
  }
  .drop {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: 18px 16px;
    text-align: center;
    border: 1.5px dashed var(--mm-border-strong);
    border-radius: var(--mm-radius-small);
  }
  .drop.over {
    border-color: var(--mm-accent);
    background: var(--mm-accent-soft);
  }
  textarea {
    width: 100%;
    min-height: 220px;
    resize: vertical;
    font-family: var(--mm-mono);
    font-size: 0.92em;
    line-height: 1.5;
  }
  ul {
    padding-inline-start: 18px;
  }
  progress {
    width: 100%;
  }
`;
