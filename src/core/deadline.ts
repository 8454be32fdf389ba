import type { AppError } from './errors.ts';

/**
 * What a promise gives, or the error of `late` once `ms` have passed: what waits for others must end,
 * whatever they do. What comes afterwards is handed to `onLate`; a late rejection is nobody's.
 */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  late: () => AppError,
  onLate: (value: T) => void = () => undefined,
): Promise<T> {
  let isLate = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(late());
    }, ms);
  });
  promise.then(
    (value) => {
      if (isLate) onLate(value);
    },
    () => undefined,
  );
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
