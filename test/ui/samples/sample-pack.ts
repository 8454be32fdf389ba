import { ENGINE_VERSION } from '../../../src/lab/experiment/experiment-defaults.ts';
import { PACK_METHODS } from '../../../src/lab/pack/pack-methods.ts';
import {
  PACK_SCHEMA,
  readPack,
  type Pack,
  type PackList,
} from '../../../src/lab/pack/pack-schema.ts';

const SHARES = [0, 0.5, 1];
const SHOPS = ['Games', 'Books'];

/** The own list ends with item 4; every other share moves the last item a place up. */
function list(turn: number): PackList {
  const items = [0, 1, 2, 3, 4];
  for (let step = 0; step < turn; step++) items.unshift(...items.splice(-1));
  return { items, chances: [0.4, 0.2, 0.1, 0.05, 0.01], rank: items.indexOf(1) + 1 };
}

/** An invented pack with a point for each of three shares: 40, 30, 20 percent with own codes. */
export function samplePack(): Pack {
  const point = (recall: number, own: number) => ({
    recall,
    error: 1.5,
    change: recall - own,
    changeError: 1,
  });
  return readPack({
    schema: PACK_SCHEMA,
    engine: ENGINE_VERSION,
    machine: 'CPU (a test)',
    seed: 1,
    document: 'name: demo',
    shares: SHARES,
    shops: SHOPS.map((name, at) => ({
      name,
      users: 1000,
      titles: Array.from({ length: 8 }, (_, item) => `${name} title ${String(item)}`),
      parents: at === 0 ? [sized(40), sized(8)] : [sized(10), sized(40)],
      counting: sized(37),
      model: `${name}-id`,
      customers: [1, 2].map((taken) => ({
        history: [7, 6, 5, 7, 6, 5, 7],
        taken,
        parents: at === 0 ? [list(0), list(3)] : [list(3), list(0)],
      })),
    })),
    curves: PACK_METHODS.flatMap(({ id }, method) =>
      [true, false].map((ownCodes) => ({
        method: id,
        ownCodes,
        shops: SHOPS.map((_, at) => {
          const values = ownCodes ? [40, 38.5 - method, 20] : [40, 10, 8];
          const along = at === 0 ? values : [...values].reverse();
          return {
            points: along.map((recall) => point(recall, 40)),
            lists: [0, 1].map(() => SHARES.map((_share, turn) => list(at === 0 ? turn : 2 - turn))),
          };
        }),
      })),
    ),
  });
}

function sized(recall: number) {
  return { recall, error: 1.5 };
}
