import { beginBundled } from './begin-bundled.mjs';

/* `npm run merge`. */

await beginBundled('merges', new URL('./merge.ts', import.meta.url));
