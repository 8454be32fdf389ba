import { css } from 'lit';

/** How `<mm-merge-form>` looks. */
export const mergeFormStyles = css`
  form {
    display: grid;
    gap: 14px;
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
    gap: 12px;
  }
  fieldset {
    border: 0;
    margin: 0;
    padding: 0;
    display: grid;
    gap: 8px;
    min-width: 0;
  }
  legend {
    font-weight: 550;
    padding: 0;
    margin-bottom: 6px;
  }
  .slider {
    display: grid;
    grid-template-columns: minmax(96px, 0.8fr) minmax(70px, 1.4fr) 78px;
    gap: 10px;
    align-items: center;
  }
  .slider label {
    display: flex;
    gap: 8px;
    align-items: center;
    overflow-wrap: anywhere;
  }
  .slider + .help {
    margin: -6px 0 2px;
  }
  .help {
    color: var(--mm-muted);
    font-size: 0.9em;
  }
  .note {
    display: flex;
    gap: 8px;
    padding: 8px 12px;
    border-radius: var(--mm-radius-small);
    background: var(--mm-accent-soft);
  }
  .note .icon {
    margin-top: 2px;
  }
`;
