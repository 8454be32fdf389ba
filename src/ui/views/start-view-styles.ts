import { css } from 'lit';

/** Of the start: two pictures side by side, one below the other where there is no room. */
export const startViewStyles = css`
  :host {
    margin-block: -8px -20px;
  }
  :host > header {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    justify-content: space-between;
    gap: 2px 16px;
    margin-bottom: 10px;
  }
  h1 {
    font-size: 1.6rem;
  }
  .scene {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    grid-template-areas:
      'curves customer'
      'ways ways';
    gap: 12px;
  }
  .customer {
    grid-area: customer;
  }
  .card {
    padding: 10px 16px;
    min-height: 380px;
  }
  .card > header {
    align-items: center;
    margin-bottom: 6px;
    min-height: 32px;
  }
  .card.codes {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 10px;
    align-items: center;
    min-height: 72px;
    padding: 8px 12px;
    font-weight: 400;
    cursor: pointer;
    line-height: 1.25;
  }
  .codes strong {
    display: block;
    font-weight: 650;
  }
  .codes .muted {
    font-size: 0.88em;
  }
  input[role='switch'] {
    appearance: none;
    position: relative;
    width: 34px;
    height: 20px;
    border-radius: 10px;
    border: 1px solid var(--mm-border-strong);
    background: var(--mm-sunken);
    cursor: pointer;
    transition: background 120ms;
  }
  input[role='switch']::before {
    content: '';
    position: absolute;
    top: 2px;
    left: 2px;
    width: 14px;
    height: 14px;
    border-radius: 50%;
    background: var(--mm-border-strong);
    transition: translate 120ms;
  }
  input[role='switch']:checked {
    background: var(--mm-merged);
    border-color: var(--mm-merged);
  }
  input[role='switch']:checked::before {
    translate: 14px 0;
    background: var(--mm-surface);
  }
  @media (forced-colors: active) {
    input[role='switch'] {
      appearance: auto;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    input[role='switch'],
    input[role='switch']::before {
      transition: none;
    }
  }
  .told {
    margin-top: 6px;
    font-size: 0.93em;
    min-height: 2.9em;
  }
  .kept {
    min-height: 1.45em;
  }
  .fine {
    font-size: 0.83em;
    line-height: 1.3;
  }
  .taken {
    color: var(--mm-ok);
  }
  .shops {
    display: inline-flex;
    margin-inline-start: -4px;
    min-height: 32px;
  }
  .shops button {
    min-height: 28px;
    padding: 2px 12px;
    border-radius: 0;
    border-color: var(--mm-border);
  }
  .shops button:first-child {
    border-start-start-radius: 999px;
    border-end-start-radius: 999px;
  }
  .shops button:last-child {
    border-start-end-radius: 999px;
    border-end-end-radius: 999px;
    border-inline-start: none;
  }
  .shops .first {
    --shop: var(--mm-series-1);
  }
  .shops .second {
    --shop: var(--mm-series-2);
  }
  .shops [aria-pressed='true'] {
    color: var(--shop);
    font-weight: 680;
    background: var(--mm-sunken);
    box-shadow: inset 0 -2px 0 var(--shop);
  }
  .another {
    margin-inline-start: auto;
  }
  .ways {
    display: grid;
    grid-template-columns: 236px minmax(0, 1fr) auto;
    gap: 12px;
    grid-area: ways;
    align-items: center;
  }
  .train {
    display: grid;
    gap: 3px;
    justify-items: center;
    text-align: center;
    max-width: 170px;
  }
  @media (max-width: 1100px) {
    .ways {
      grid-template-columns: 180px minmax(0, 1fr) auto;
      gap: 10px;
    }
    .another .number,
    .codes .muted {
      display: none;
    }
    .another,
    .shops button {
      padding-inline: 6px;
    }
    .card > header {
      column-gap: 8px;
    }
  }
  @media (max-width: 900px) {
    .scene,
    .ways {
      grid-template-columns: minmax(0, 1fr);
    }
    .scene {
      grid-template-areas:
        'curves'
        'ways'
        'customer';
    }
    .train {
      max-width: none;
    }
  }
  @media (max-width: 640px) {
    h1 {
      font-size: 1.3rem;
    }
    .card {
      padding: 10px 12px;
    }
  }
`;
