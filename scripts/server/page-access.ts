import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/*
 * Other pages of the same browser, and other programs, can send requests to a local server. A browser
 * says of each request which page it comes from, in headers that no page can forge; the random token
 * in the path keeps out whatever sends them without a browser.
 */

/** A path segment that nobody guesses. */
export function randomToken(): string {
  return randomBytes(24).toString('hex');
}

/** Why a request for data is not one of the server's own page; null when it is. */
export function readFault({ headers }: IncomingMessage): string | null {
  return headers['sec-fetch-site'] === 'same-origin' ? null : 'Only the page itself may read this.';
}

/** The same for requests that change something: browsers add the origin to these. */
export function writeFault({ headers }: IncomingMessage): string | null {
  const isOwn =
    headers['sec-fetch-site'] === 'same-origin' &&
    headers.origin === `http://${headers.host ?? ''}`;
  return isOwn ? null : 'Only the page itself may write.';
}

/** Why a file of the page itself is not given out: another page asks for it. */
export function pageFault({ headers }: IncomingMessage): string | null {
  const site = headers['sec-fetch-site'];
  const isOther = site === 'cross-site' || site === 'same-site';
  return isOther ? 'Other pages may not use this server.' : null;
}
