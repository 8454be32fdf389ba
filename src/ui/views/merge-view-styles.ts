import { css } from 'lit';

export const mergeViewStyles = css`
  .intro {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 2px 16px;
    margin-bottom: 10px;
  }
  .layout {
    display: grid;
    grid-template-columns: minmax(300px, 400px) minmax(0, 1fr);
    gap: var(--mm-gap);
    align-items: start;
  }
  /** Controls stay beside what they do, however long the form is. */
  .live {
    position: sticky;
    top: 64px;
    z-index: 1;
  }
  .files {
    margin-top: var(--mm-gap);
  }
  .plots {
    display: grid;
    gap: 20px;
  }
  .list td,
  .list th {
    vertical-align: middle;
  }
  .list button {
    min-height: 28px;
    padding-block: 2px;
  }
  tr[aria-current='true'] {
    background: var(--mm-accent-soft);
  }
  @media (max-width: 1100px) {
    .layout {
      grid-template-columns: 300px minmax(0, 1fr);
    }
  }
  @media (max-width: 960px) {
    .layout {
      grid-template-columns: minmax(0, 1fr);
    }
    .stack {
      order: -1;
    }
    .live {
      position: static;
    }
  }
  @media (max-width: 640px) {
    .intro p {
      display: none;
    }
  }
`;
