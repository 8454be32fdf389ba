const POLICY: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'connect-src': "'self'",
  'img-src': "'self' data: blob:",
  'font-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'lit-html app-worker',
};

/** Hubs and their file servers are at many addresses, and a user may name an own one. */
const HUB_SOURCES = "'self' https: http://localhost:* http://127.0.0.1:*";

/**
 * The policy of the one worker that downloads models. A worker's policy is that of its own script's
 * answer; the page and the workers that see data stay with `connect-src 'self'`.
 */
export function hubWorkerPolicy(): string {
  return policyText({ ...POLICY, 'connect-src': HUB_SOURCES });
}

/** Whether a file of the built page is that worker. */
export function isHubWorker(file: string): boolean {
  return /^hub\.worker-[\w-]+\.js$/.test(file);
}

/**
 * The page's Content-Security-Policy: own scripts and workers only, no inline script, no eval, no
 * host but its own. Inline styles are allowed because charts set them. `frame-ancestors` is valid
 * in a header only, so the `<meta>` twin goes without it.
 */
export function contentSecurityPolicy(place: 'meta' | 'header'): string {
  const own = policyText(POLICY);
  return place === 'header' ? `${own}; frame-ancestors 'none'` : own;
}

function policyText(policy: Readonly<Record<string, string>>): string {
  return Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/** Cross-origin isolation. Served where we can; nothing depends on it, static hosts cannot set it. */
export const ISOLATION_HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
