/**
 * One more thread of the CPU executor, from the sources as they are. JavaScript, because a thread
 * does not inherit the loader of TypeScript: it has to register its own first.
 */
import { register } from 'tsx/esm/api';

register();
const { serveKernelThread } = await import('./kernel-thread.ts');
serveKernelThread();
