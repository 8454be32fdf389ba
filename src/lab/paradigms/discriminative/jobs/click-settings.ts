import type { KeepingSettings } from '../../../job/job-settings.ts';
import type { MomentName, NumberName } from '../../../../rec/behaviour/behaviour-types.ts';

export interface ClickOptimizer extends KeepingSettings {
  readonly epochs: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly finalLearningRateFraction: number;
}

/** What joins at the click head, and how positions see each other. */
export interface ClickHeadSettings {
  readonly numbers: readonly NumberName[];
  readonly moments: readonly MomentName[];
  readonly attention: 'causal' | 'bidirectional';
}

/** Curves of click models that were measured while they trained; the cells of one seed. */
export interface LearningCurveSettings {
  readonly kind: 'learning-curves';
}

/** Test metrics of one domain's click models against their size, and power laws through them. */
export interface ScalingSettings {
  readonly kind: 'scaling';
  readonly domain: string;
  readonly epoch: 'last' | 'best';
}

declare module '../../../job/job-settings.ts' {
  interface AnalysisSettingsTypes {
    readonly 'learning-curves': LearningCurveSettings;
    readonly scaling: ScalingSettings;
  }
}
