/** Put in by the build (`vite.config.ts`); tests and programs in Node run the sources themselves. */
declare const __MMGRID_BUILD__: string | undefined;

/** Which build this script is part of: a hash of its sources. */
export const BUILD_ID = typeof __MMGRID_BUILD__ === 'undefined' ? 'sources' : __MMGRID_BUILD__;
