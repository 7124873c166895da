/** A measurement that gives figures of its own, and takes too long or does too much for a case. */
export interface Study {
  name: string;
  note: string;
  /** Only when its name is asked for: it takes minutes, or gigabytes. */
  isAskedFor?: boolean;
  run(): StudyFigures | Promise<StudyFigures>;
}

export type StudyFigures = { name: string; value: number; unit: string }[];
