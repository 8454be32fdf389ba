/** Where bundles lie, each in a folder named by its program and the hash of what it was made from. */
export const BUNDLES: string;
/** In a bundle's folder: paths of its sources, from the project's folder. */
export const INPUTS: string;
/** SHA-256 of files of the project, names and contents, cut to what names a folder. */
export function inputsHash(files: readonly string[]): string;
/** The folder of a bundle whose sources are those that it was made from; null where there is none. */
export function freshBundle(program: string, folder?: string): string | null;
