/** What the browser can run, and with it which of the four builds of `wasm/` is loaded. */
export interface Flavour {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isRelaxed: boolean;
  readonly isShared: boolean;
}

interface Candidate {
  readonly isRelaxed: boolean;
  readonly isShared: boolean;
  readonly load: () => Promise<{ default: string }>;
}

const CANDIDATES: readonly Candidate[] = [
  {
    isRelaxed: true,
    isShared: true,
    load: () => import('virtual:wasm-kernels/relaxed-shared'),
  },
  { isRelaxed: true, isShared: false, load: () => import('virtual:wasm-kernels/relaxed') },
  { isRelaxed: false, isShared: true, load: () => import('virtual:wasm-kernels/simd-shared') },
  { isRelaxed: false, isShared: false, load: () => import('virtual:wasm-kernels/simd') },
];

export interface FlavourWish {
  /** Memory that threads share; needs a cross-origin isolated page. */
  readonly isShared: boolean;
  /** False leaves fused multiply-add unused, as an engine without relaxed SIMD does. */
  readonly mayRelax: boolean;
}

/** The fastest build that this engine accepts; null when it has no SIMD at all. */
export async function chooseFlavour(wish: FlavourWish): Promise<Flavour | null> {
  for (const { isRelaxed, isShared, load } of CANDIDATES) {
    if (isShared !== wish.isShared || (isRelaxed && !wish.mayRelax)) continue;
    const bytes = decode((await load()).default);
    // The engine's own word on the very bytes it will run: no list of browsers can be as right.
    if (WebAssembly.validate(bytes)) return { bytes, isRelaxed, isShared };
  }
  return null;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}
