import { expose, wrap } from 'comlink';
import { afterEach, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { installErrorTransfer, withDeadline } from '../../workers/rpc/rpc.ts';

installErrorTransfer();

let close: (() => void) | undefined;
afterEach(() => {
  close?.();
  close = undefined;
});

function remoteOf<T>(api: T) {
  const { port1, port2 } = new MessageChannel();
  expose(api, port1);
  close = () => {
    port1.close();
    port2.close();
  };
  return wrap<T>(port2);
}

test('an AppError keeps code, hint, details and faults across comlink', async () => {
  const remote = remoteOf({
    fail(): number {
      throw new AppError('data-invalid', 'Two rows are wrong.', {
        hint: 'Fix them.',
        details: { rows: 2, run: () => 1 },
        faults: [{ place: 'a.csv:3', message: 'no item' }],
        cause: new TypeError('inner'),
      });
    },
  });
  const error: unknown = await remote.fail().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({
    code: 'data-invalid',
    message: 'Two rows are wrong.',
    hint: 'Fix them.',
    details: { rows: 2 },
    faults: [{ place: 'a.csv:3', message: 'no item' }],
  });
  expect((error as AppError).cause).toMatchObject({ message: 'TypeError: inner' });
});

test('any other thrown value arrives as internal with its text', async () => {
  const remote = remoteOf({
    fail(): number {
      throw new RangeError('too deep');
    },
  });
  await expect(remote.fail()).rejects.toMatchObject({ code: 'internal', message: 'too deep' });
});

test('a deadline rejects with worker-died, a result in time passes through', async () => {
  await expect(withDeadline(new Promise(() => undefined), 5, 'ping')).rejects.toMatchObject({
    code: 'worker-died',
  });
  await expect(withDeadline(Promise.resolve(7), 1000, 'ping')).resolves.toBe(7);
});
