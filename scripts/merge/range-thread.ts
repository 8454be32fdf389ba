import { serveRangeThread } from '../../workers/node/ranges/range-thread.ts';

// A script of its own: a thread that only runs ranges should not load all merge methods.
serveRangeThread();
