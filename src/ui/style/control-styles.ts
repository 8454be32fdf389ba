import { css } from 'lit';

/** Buttons and fields; part of the shared styles. */
export const controlStyles = css`
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 32px;
    padding: 5px 12px;
    font: inherit;
    font-weight: 550;
    color: var(--mm-text);
    background: var(--mm-surface);
    border: 1px solid var(--mm-border-strong);
    border-radius: var(--mm-radius-small);
    cursor: pointer;
    text-decoration: none;
  }
  button:hover:not(:disabled) {
    background: var(--mm-hover);
  }
  button:disabled {
    color: var(--mm-muted);
    border-color: var(--mm-border);
    background: var(--mm-sunken);
    cursor: not-allowed;
  }
  button.primary {
    color: var(--mm-on-accent);
    background: var(--mm-accent);
    border-color: var(--mm-accent);
  }
  button.primary:hover:not(:disabled) {
    background: var(--mm-accent-strong);
  }
  button.primary:disabled {
    color: var(--mm-muted);
    background: var(--mm-sunken);
    border-color: var(--mm-border);
  }
  button.quiet {
    border-color: transparent;
    background: transparent;
    color: var(--mm-accent);
    padding-inline: 8px;
  }
  /* A name that leads somewhere, in a line of text or a table. */
  button.link {
    min-height: 24px;
    padding: 0 2px;
    margin-inline-start: -2px;
    text-align: start;
    text-decoration: underline;
    text-decoration-color: transparent;
  }
  button.link:hover {
    text-decoration-color: currentColor;
  }
  button.large {
    min-height: 40px;
    padding: 8px 18px;
    font-size: 1.04rem;
  }
  @media (pointer: coarse) {
    button,
    .button,
    select,
    input:not([type='checkbox'], [type='radio']) {
      min-height: 44px;
    }
  }

  label {
    font-weight: 550;
  }
  label:has(> input[type='checkbox'], > input[type='radio']) {
    display: inline-flex;
    flex-wrap: nowrap;
    align-items: center;
    gap: 6px;
  }
  input[type='checkbox'],
  input[type='radio'] {
    flex: none;
  }
  .field {
    display: grid;
    gap: 4px;
    min-width: 0;
  }
  .field > .help {
    color: var(--mm-muted);
    font-size: 0.9em;
  }
  input:not([type='checkbox'], [type='radio'], [type='range'], [type='file']),
  select,
  textarea {
    font: inherit;
    color: var(--mm-text);
    background: var(--mm-surface);
    border: 1px solid var(--mm-border-strong);
    border-radius: var(--mm-radius-small);
    padding: 5px 8px;
    min-height: 32px;
    min-width: 0;
    max-width: 100%;
  }
  input[type='range'] {
    accent-color: var(--mm-accent);
    min-width: 0;
    width: 100%;
    height: 24px;
    margin: 0;
  }
  input[type='checkbox'],
  input[type='radio'] {
    accent-color: var(--mm-accent);
    width: 16px;
    height: 16px;
    margin: 0;
  }
`;
