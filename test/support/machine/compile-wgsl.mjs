/**
 * Compiles WGSL on Dawn's device that accepts every feature and runs nothing: shaders (JSON array)
 * on standard input, their compilation messages (array of arrays) as the last line of standard
 * output. A process of its own, ended by force: Dawn's threads can keep a process from ending.
 */
import { readFileSync, writeSync } from 'node:fs';
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
const adapter = await create(['backend=null']).requestAdapter();
const device = await adapter.requestDevice({ requiredFeatures: ['shader-f16'] });
const results = [];
for (const code of JSON.parse(readFileSync(0, 'utf8'))) {
  const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
  results.push(messages.map(({ message }) => message));
}
// Dawn writes lines of its own here.
writeSync(1, `\n${JSON.stringify(results)}`);
process.kill(process.pid, 'SIGKILL');
