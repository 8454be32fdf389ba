/** What the browser can run, and with it which of the four builds of `wasm/` is loaded. */
export interface Flavour {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isRelaxed: boolean;
  readonly isShared: boolean;
}

export type FlavourName = 'relaxed-shared' | 'relaxed' | 'simd-shared' | 'simd';

/** Gives the bytes of one build of `wasm/`. */
export type LoadKernels = (name: FlavourName) => Promise<Uint8Array<ArrayBuffer>>;

const BUNDLED: Readonly<Record<FlavourName, () => Promise<{ default: string }>>> = {
  'relaxed-shared': () => import('virtual:wasm-kernels/relaxed-shared'),
  relaxed: () => import('virtual:wasm-kernels/relaxed'),
  'simd-shared': () => import('virtual:wasm-kernels/simd-shared'),
  simd: () => import('virtual:wasm-kernels/simd'),
};

/** Those that a page carries with it. */
async function loadBundled(name: FlavourName): Promise<Uint8Array<ArrayBuffer>> {
  return decode((await BUNDLED[name]()).default);
}

export interface FlavourWish {
  /** Memory that threads share; needs a cross-origin isolated page. */
  readonly isShared: boolean;
  /** False leaves fused multiply-add unused, as an engine without relaxed SIMD does. */
  readonly mayRelax: boolean;
}

/** The fastest build that this engine accepts; null when it has no SIMD at all. */
export async function chooseFlavour(
  { isShared, mayRelax }: FlavourWish,
  load: LoadKernels = loadBundled,
): Promise<Flavour | null> {
  for (const isRelaxed of mayRelax ? [true, false] : [false]) {
    const bytes = await load(`${isRelaxed ? 'relaxed' : 'simd'}${isShared ? '-shared' : ''}`);
    // The engine's own word on the very bytes it will run: no list of browsers can be as right.
    if (WebAssembly.validate(bytes)) return { bytes, isRelaxed, isShared };
  }
  return null;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}
