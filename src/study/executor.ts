/** Who simulates: this thread, worker threads, or a fleet behind a queue. All of them make the same files. */
import type { Catalog } from '../catalog/catalog.ts';
import type { ResolvedRun } from '../config/resolved.ts';
import { profileReader } from './read-profile.ts';
import { describedFiles, finishedRun, writeFiles } from './run-folder.ts';
import { type SimulationInputs, simulateRun } from './simulate-run.ts';
import type { StudyContext } from './study-context.ts';

/** A run to simulate, and where its files go. */
export interface RunTask {
  readonly run: ResolvedRun;
  readonly context: StudyContext;
  /** Is filled; absolute. */
  readonly made: string;
  /** Where that folder will be in the end. */
  readonly target: string;
}

export interface Executor {
  /** How many runs it can be given at a time. */
  readonly width: number;
  /** Simulates a run and writes its folder. Throws InputError. */
  fill(task: RunTask, onProgress: NonNullable<SimulationInputs['onProgress']>): Promise<void>;
  close(): Promise<void>;
}

/** What every executor does where the simulation is. */
export async function fillFolder({ run, context, made, target }: RunTask, inputs: SimulationInputs): Promise<void> {
  const simulated = await simulateRun(run, context, inputs);
  writeFiles(made, simulated.tables, describedFiles(run, context, finishedRun(simulated), target));
}

/** One run after the other, in this thread. */
export function inThisThread(catalog: Catalog, folder: string): Executor {
  const readProfile = profileReader(folder);
  return {
    width: 1,
    fill: (task, onProgress) => fillFolder(task, { catalog, readProfile, onProgress }),
    close: async () => {},
  };
}
