import { serveKernelThread } from './kernel-thread.ts';

// A script of its own in a bundle: a thread of the CPU executor should not load all that runs on it.
serveKernelThread();
