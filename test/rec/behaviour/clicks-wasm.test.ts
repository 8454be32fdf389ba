import { it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import { checkLikeOther } from './check-clicks.ts';

it('both stages of GPSD give in WebAssembly what the twins give', () =>
  withWasm({ threads: 2 }, (executor) => checkLikeOther(executor, createCpuExecutor())));
