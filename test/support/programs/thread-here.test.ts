import { expect, it } from 'vitest';
import { threadHere, type InnerPort } from './thread-here.ts';

it('hears, answers and ends as a thread does, with copies of the messages', async () => {
  const sent = { values: [1] };
  const heard: unknown[] = [];
  const thread = threadHere(
    (port) =>
      new Promise<void>((resolve) => {
        port.on('message', (message) => {
          port.postMessage(message);
          port.close();
          resolve();
        });
      }),
  );
  thread.on('message', (message) => heard.push(message));
  const ended = new Promise<void>((resolve) => thread.on('exit', resolve));
  thread.postMessage(sent);
  await ended;
  expect(heard).toEqual([sent]);
  expect(heard[0]).not.toBe(sent);
});

it('tells what its body throws, then that it has ended', async () => {
  const told: string[] = [];
  const thread = threadHere(() => Promise.reject(new Error('broken')));
  thread.on('error', (error) => told.push(error.message));
  await new Promise<void>((resolve) => thread.on('exit', resolve));
  expect(told).toEqual(['broken']);
});

it('is silent after its end', async () => {
  let port: InnerPort | null = null;
  const heard: unknown[] = [];
  const thread = threadHere((inner) => {
    port = inner;
    return new Promise(() => undefined);
  });
  thread.on('message', (message) => heard.push(message));
  await new Promise((resolve) => setImmediate(resolve));
  await thread.terminate();
  (port as InnerPort | null)?.postMessage('late');
  expect(heard).toEqual([]);
});
