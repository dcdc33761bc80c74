/**
 * A deployment whose serve line has been read: one mapping of settings, whatever way they were given. A field of the
 * study file wins over the line, so that a pasted line can be swept and overridden.
 */
import { InputError } from '../core/input-error.ts';
import { type Path, pathName, quoted, type StudySource } from './problems.ts';
import { type DeploymentInput, serveSettings } from './schema-deployment.ts';
import { parseServeCommand, type ServeCommand } from './serve-command.ts';

export type ServedDeployment = Omit<DeploymentInput, 'serve'> & {
  /** Flags of the line that change nothing here. */
  readonly noEffect: readonly string[];
};

/** Merges fields and serve line, or throws what is wrong with the line, located. */
export function servedDeployment(source: StudySource, input: DeploymentInput): ServedDeployment {
  const { serve, ...fields } = input;
  if (serve === undefined) return { ...fields, noEffect: [] };
  const where = source.locate(['deployment', 'serve'], 'value');
  const refuse = (lines: readonly string[]) =>
    new InputError(
      lines.map((line) => `${where} deployment.serve: ${line}${/[.?!]$/.test(line) ? '' : '.'}`).join('\n'),
    );
  let command: ServeCommand;
  try {
    command = parseServeCommand(serve);
  } catch (error) {
    throw error instanceof InputError ? refuse(error.message.split('\n')) : error;
  }
  const problems = Object.entries(command.settings).flatMap(([name, value]) => settingProblems(name, value));
  if (problems.length > 0) throw refuse(problems);
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { ...(command.settings as Partial<DeploymentInput>), ...(given as typeof fields), noEffect: command.noEffect };
}

function settingProblems(name: string, value: unknown): string[] {
  if (name === 'scheduling_policy' && value === 'priority') {
    return ['--scheduling-policy priority: requests have no priorities here, so it is not modelled'];
  }
  const result = serveSettings[name as keyof typeof serveSettings].safeParse(value);
  if (result.success) return [];
  return [`--${name.replaceAll('_', '-')}: read ${quoted(value)}, ${result.error.issues[0]!.message}`];
}

/** Where a setting was written: its field, else the serve line, else the deployment. */
export function whereOfSetting(source: StudySource, input: DeploymentInput, name: keyof DeploymentInput): string {
  const path: Path =
    input[name] !== undefined
      ? ['deployment', name]
      : input.serve === undefined
        ? ['deployment']
        : ['deployment', 'serve'];
  return `${source.locate(path, 'value')} ${pathName(path)}`;
}
