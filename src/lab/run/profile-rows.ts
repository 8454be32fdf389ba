import { formatProfile, methodText, profileCsv, ratesOf } from '../../compute/format-profile.ts';
import type { KernelRates } from '../../compute/format-profile.ts';
import type { KernelProfile } from '../../compute/profile.ts';
import type { StepProfile } from '../../nn/transformer/profile-step.ts';

export type ProfileRow = KernelProfile & KernelRates;

/** Each kernel with its rates, longest first. */
export function profileRows({ profile, ceilings }: StepProfile): readonly ProfileRow[] {
  return profile.kernels.map((kernel) => ({
    ...kernel,
    ...ratesOf(kernel, profile.ms, ceilings),
  }));
}

/** How the times were taken, in words. */
export function profileMethod({ profile }: StepProfile): string {
  return `${methodText(profile)}, mean of ${String(profile.runs)} runs`;
}

export function profileText({ profile, ceilings }: StepProfile): string {
  return formatProfile(profile, ceilings);
}

export function profileFile({ profile, ceilings }: StepProfile): string {
  return profileCsv(profile, ceilings);
}
