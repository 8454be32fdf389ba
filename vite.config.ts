import { defineConfig, type Plugin } from 'vite';
import { pageSourceHash } from './scripts/page-sources.ts';
import { contentSecurityPolicy, ISOLATION_HEADERS } from './scripts/security-headers.ts';
import { wasmKernels } from './scripts/wasm-kernels.ts';

/**
 * The built page carries its policy as a `<meta>`, for hosts that cannot send headers. At build
 * only: the development server's hot reload needs inline scripts.
 */
function policyInPage(): Plugin {
  return {
    name: 'policy-in-page',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: {
          'http-equiv': 'Content-Security-Policy',
          content: contentSecurityPolicy('meta'),
        },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** `--mode bench` builds the benchmark page into its own folder: users never download it. */
export default defineConfig(({ mode }) => ({
  base: './',
  // Page and workers compare it, so that an update under an open page is noticed (`same-build.ts`).
  define: {
    __MMGRID_BUILD__: JSON.stringify(pageSourceHash(mode === 'bench' ? 'bench' : 'production')),
  },
  // The benchmark page goes without the policy: jax-js starts its threads from a blob.
  plugins: [...(mode === 'bench' ? [] : [policyInPage()]), wasmKernels()],
  worker: {
    format: 'es',
    plugins: () => [wasmKernels()],
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { headers: ISOLATION_HEADERS },
  preview: { headers: ISOLATION_HEADERS },
  build: {
    // Top-level await, and nothing older than the browsers that have WebGPU.
    target: 'es2023',
    outDir: mode === 'bench' ? 'bench/dist/page' : 'dist',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The headless page holds the lab's document and report; it comes from this machine.
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input:
        mode === 'bench' ? ['bench/bench.html'] : ['index.html', 'headless.html', 'merge.html'],
    },
  },
}));
