/** Rows of titles; see `titleRows`. */
export interface TitleTraining {
  readonly positions: number;
  readonly titleTokens: number;
  /** Of a sampled title: what the model's positions must hold beside a row. */
  readonly maxTokens: number;
}

/** How sampled titles become a ranking; see `rankByTitles`. */
export interface TitleRanking extends TitleTraining {
  readonly samples: number;
  readonly temperature: number;
  readonly grounding: 'words' | 'base';
  readonly dimensions: number;
  readonly textTokens: number;
  readonly rescale: boolean;
  readonly halfLifeDays: number;
  readonly gamma: number;
  readonly unseen: 'keep' | 'drop';
  /** Of a density of all draws; absent: the nearest title decides. */
  readonly bandwidth?: number;
}

declare module '../../job/job-settings.ts' {
  interface CellTrainings {
    readonly title: TitleTraining;
  }
  interface CellRankings {
    readonly title: TitleRanking;
  }
}
