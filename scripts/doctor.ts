import { join } from 'node:path';
import { adviceFor, describeMachine } from './doctor/machine-facts.ts';
import { lookAtMachine } from './doctor/look-at-machine.ts';
import { PROJECT_ROOT } from './project.ts';

/** Says what this machine can do, and with which command. */
const facts = await lookAtMachine(join(PROJECT_ROOT, '.cache'));
const lines = describeMachine(facts);
const width = Math.max(...lines.map(({ what }) => what.length));
for (const { mark, what, text } of lines) console.log(`${mark} ${what.padEnd(width)}  ${text}`);
console.log(`\n${adviceFor(facts).join('\n')}`);
process.exitCode = lines.some(({ mark }) => mark === '✗') ? 1 : 0;
