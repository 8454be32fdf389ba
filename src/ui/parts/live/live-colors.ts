import { css } from 'lit';

/** A colour a domain, in the order of the probe. */
export const liveColors = css`
  .domain-0 {
    --domain: var(--mm-series-1);
  }
  .domain-1 {
    --domain: var(--mm-series-2);
  }
  .domain-2 {
    --domain: var(--mm-series-3);
  }
  .domain-3 {
    --domain: var(--mm-series-4);
  }
  .domain-4 {
    --domain: var(--mm-series-5);
  }
  .domain-5 {
    --domain: var(--mm-series-6);
  }
`;

const COLORS = 6;

export function colorOf(domain: number): string {
  return `domain-${String(domain % COLORS)}`;
}
