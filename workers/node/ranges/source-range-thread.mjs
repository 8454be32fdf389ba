/**
 * A range thread from the sources as they are. JavaScript, because a thread does not inherit the
 * loader of TypeScript: it has to register its own first.
 */
import { register } from 'tsx/esm/api';

register();
const { serveRangeThread } = await import('./range-thread.ts');
serveRangeThread();
