interface TrustedPolicy {
  createScriptURL(url: string): unknown;
}

interface TrustedTypesFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): TrustedPolicy;
}

let policy: TrustedPolicy | undefined;

/**
 * A worker's URL in the form that the page's policy accepts. Only scripts of our own origin pass.
 * (The result is a TrustedScriptURL where the browser has them; TypeScript's DOM does not know.)
 */
export function workerUrl(url: string): string {
  const factory = (globalThis as { trustedTypes?: TrustedTypesFactory }).trustedTypes;
  if (factory === undefined) return ownOrigin(url);
  policy ??= factory.createPolicy('app-worker', { createScriptURL: ownOrigin });
  return policy.createScriptURL(url) as string;
}

function ownOrigin(url: string): string {
  const absolute = new URL(url, location.href);
  if (absolute.origin !== location.origin) {
    throw new TypeError(`A worker must come from ${location.origin}, not ${absolute.origin}.`);
  }
  return absolute.href;
}
