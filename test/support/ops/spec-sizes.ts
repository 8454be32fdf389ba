/** Entry of a record that the spec itself has put there. */
export function need<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) throw new Error(`no ${name}`);
  return value;
}

export function size(sizes: Readonly<Record<string, number>>, name: string): number {
  return need(sizes, name);
}
