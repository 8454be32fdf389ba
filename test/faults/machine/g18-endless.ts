import { deadCalls, mapping, never } from './hanging.ts';
import type { MachineTrial } from './machine-trial.ts';
import { changed } from '../../support/machine/shared-device.ts';

/** A dispatch without end, as the program sees one: nothing behind it in the queue is ever done. */
export const trial: MachineTrial = (machine, asked) =>
  deadCalls(machine, asked, [
    {
      name: 'a submit that never ends',
      replace: (device) => {
        const { queue } = device;
        const silent = new Proxy(queue, {
          get: (target, key): unknown => {
            if (key === 'onSubmittedWorkDone') return never;
            const value: unknown = Reflect.get(target, key, target);
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          },
        });
        return changed(mapping(device, never), { queue: silent });
      },
      sees: /^device-lost: The GPU has not answered for \d+ seconds/,
    },
  ]);
