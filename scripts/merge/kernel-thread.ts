import { serveKernelThread } from '../../workers/node/kernel-thread.ts';

serveKernelThread();
