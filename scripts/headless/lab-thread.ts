import { parentPort, workerData } from 'node:worker_threads';
import { serveLab, type LabThreadData } from './serve-lab.ts';

/*
 * The lab of a headless run in Node, in a thread of its own: the first thread stays free for the
 * terminal, for Ctrl-C and for heartbeats while this one computes. Bundled, with the script of the CPU
 * executor's threads beside it.
 */

if (parentPort === null) throw new Error('This is the script of a thread.');
await serveLab(workerData as LabThreadData, parentPort);
