import { css } from 'lit';

/** Of the sentences below a view's heading. */
export const introStyles = css`
  .intro {
    margin-bottom: var(--mm-gap);
  }
  .intro p {
    color: var(--mm-muted);
    margin-top: 3px;
    max-width: 80ch;
  }
`;
