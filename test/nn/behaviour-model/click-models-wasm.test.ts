import { describe, it } from 'vitest';
import { withWasm } from '../../support/machine/wasm.ts';
import { checkClickModel, CLICK_MODELS } from '../../support/models/click-models.ts';

describe('WebAssembly, two threads', () => {
  it.each(CLICK_MODELS)('%s: loss and gradients as in float64', (...model) =>
    withWasm({ threads: 2 }, (executor) => checkClickModel(executor, model)),
  );
});
