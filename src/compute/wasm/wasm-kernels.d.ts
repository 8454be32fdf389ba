/** Built from `wasm/` by scripts/wasm-kernels.ts: a WebAssembly module as base64 text. */
declare module 'virtual:wasm-kernels/*' {
  const base64: string;
  export default base64;
}
