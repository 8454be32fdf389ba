/** What an action throws, now or later; throws where it succeeds. */
export async function errorOf(action: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
