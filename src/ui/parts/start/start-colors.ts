import { css } from 'lit';

/** A colour for each shop, and for what is merged of both. */
export const startColors = css`
  .first {
    --shop: var(--mm-series-1);
  }
  .second {
    --shop: var(--mm-series-2);
  }
  .merged {
    --shop: var(--mm-merged);
  }
`;
