import { beginBundled } from './begin-bundled.mjs';

/* `npm run headless`. */

await beginBundled('lab', new URL('./headless.ts', import.meta.url));
