import { css } from 'lit';

export const mergeFilesStyles = css`
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
