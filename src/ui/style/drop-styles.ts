import { css } from 'lit';

/** Of forms with a place to drop files on. */
export const dropStyles = css`
  .form {
    display: grid;
    gap: 14px;
  }
  .drop {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: 20px 16px;
    text-align: center;
    border: 1.5px dashed var(--mm-border-strong);
    border-radius: var(--mm-radius-small);
  }
  .drop.over {
    border-color: var(--mm-accent);
    background: var(--mm-accent-soft);
  }
`;
