/** A function of no parameters that calls `f32x4.relaxed_madd`: what fused multiply-add is called. */
const RELAXED = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  // Code: three zero vectors (i32.const 0, i32x4.splat), relaxed_madd, drop.
  ...[10, 20, 1, 18, 0, ...[0x41, 0, 0xfd, 0x11, 0x41, 0, 0xfd, 0x11, 0x41, 0, 0xfd, 0x11]],
  ...[0xfd, 0x85, 0x02, 0x1a, 0x0b],
);

/** True where this engine takes WebAssembly with relaxed SIMD, as every current browser does. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED);
}

/**
 * Options for Node that give it the WebAssembly of the browsers: Node 20 has relaxed SIMD behind a
 * flag, later ones have it anyway and do not know the flag.
 */
export function relaxedSimdFlags(): string[] {
  return hasRelaxedSimd() ? [] : ['--experimental-wasm-relaxed-simd'];
}
