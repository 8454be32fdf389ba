import { parentPort } from 'node:worker_threads';
import { serveMerges, type MergeThreadData } from './serve-merges.ts';

/*
 * The merges of `npm run merge` in Node, in a thread of their own: the first thread stays free for the
 * terminal and for Ctrl-C. Bundled, with the scripts of the threads of the CPU executor and of those
 * that merge ranges of files beside it.
 */

const port = parentPort;
if (port === null) throw new Error('This is the script of a thread.');
// It loads while there is nothing to do yet.
port.once('message', (data: MergeThreadData) => void serveMerges(data, port));
