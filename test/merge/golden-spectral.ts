import { mergeGolden, parametersOf, type GoldenRunner } from './golden-cases.ts';

/** A merge without the parameters that only describe how the reference was run. */
function without(...names: readonly string[]): GoldenRunner {
  return (executor, file, golden) => {
    const parameters = Object.entries(parametersOf(golden));
    return mergeGolden(
      executor,
      file,
      golden,
      Object.fromEntries(parameters.filter(([name]) => !names.includes(name))),
    );
  };
}

/** Cases that need more than a merge with their parameters. */
export const SPECTRAL_RUNNERS: Readonly<Record<string, GoldenRunner>> = {
  // The merge that the reference calibrates is always the plain sum.
  svc: without('merged_input'),
};
