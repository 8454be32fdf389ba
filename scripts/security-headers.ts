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

/**
 * The page's Content-Security-Policy: own scripts and workers only, no inline script, no eval, no
 * host but its own. Inline styles are allowed because charts set them. `frame-ancestors` is valid
 * in a header only, so the `<meta>` twin goes without it.
 */
export function contentSecurityPolicy(place: 'meta' | 'header'): string {
  const lines = Object.entries(POLICY).map(([name, value]) => `${name} ${value}`);
  if (place === 'header') lines.push("frame-ancestors 'none'");
  return lines.join('; ');
}

/** Cross-origin isolation. Served where we can; nothing depends on it, static hosts cannot set it. */
export const ISOLATION_HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
