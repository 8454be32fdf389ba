import { choiceOfAddress } from '../../../src/ui/browser/executor-choice.ts';
import { routeOf } from '../../../src/ui/browser/router.ts';
import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';

export const fault = defineFault({
  id: 'F10',
  fault: 'an address of the page that asks for what there is not',
  expected:
    'the page says what there is and takes its own choice; unknown names and views are nothing',
  injection: 'file',
  detects: /^invalid-argument: The address asks for the executor /,
  hosts: {
    node: refusals(() => ({
      sound: ['?executor=cpu', '#/grid?unknown=1&__proto__=1'] as const,
      faulty: {
        'an executor of another name': ['', '#/grid?executor=quantum'],
        'none by its name': ['?executor=', ''],
        'a name that objects have': ['?executor=__proto__', ''],
        'a megabyte': ['', `#/grid?executor=${'x'.repeat(2 ** 20)}`],
        'bad escapes': ['?executor=%zz%00', ''],
      } as Readonly<Record<string, readonly [string, string]>>,
      read: ([search, hash]: readonly [string, string]) => {
        if (routeOf('#/../etc?x').view !== 'start') throw new Error('an unknown view is one');
        return choiceOfAddress(search, hash);
      },
    })),
  },
  notInjectable:
    'No link carries a document, a recipe or a model: there is nothing to forge, sign or confirm.',
  isShort: true,
});
