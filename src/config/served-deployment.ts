/**
 * A deployment whose serve line has been read: one mapping of settings, whatever way they were given. A field of the
 * study file wins over the line, so that a pasted line can be swept and overridden.
 */
import { InputError } from '../core/input-error.ts';
import { type Path, pathName, type StudySource } from './problems.ts';
import { type DeploymentInput, serveSettings } from './schema-deployment.ts';
import { checkedProblems } from './schema-parts.ts';
import { parseServeCommand, type ServeCommand } from './serve-command.ts';

export type ServedDeployment = Omit<DeploymentInput, 'serve'> & {
  /** Flags of the line that change nothing here. */
  readonly noEffect: readonly string[];
};

/** Merges fields and serve line, or throws what is wrong with the line, located. */
export function servedDeployment(source: StudySource, input: DeploymentInput): ServedDeployment {
  const { serve, ...fields } = input;
  if (serve === undefined) return { ...fields, noEffect: [] };
  const path: Path = [...(source.deployment ?? ['deployment']), 'serve'];
  const where = source.locate(path, 'value');
  const refuse = (lines: readonly string[]) =>
    new InputError(
      lines.map((line) => `${where} ${pathName(path)}: ${line}${/[.?!]$/.test(line) ? '' : '.'}`).join('\n'),
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
  const settings = command.settings as Partial<DeploymentInput>;
  return {
    ...settings,
    ...(given as typeof fields),
    ...mergedSpeculation(settings, fields),
    noEffect: command.noEffect,
  };
}

/** Of `speculative_config` a field wins key by key, so that the number of drafts of a pasted line can be swept. */
function mergedSpeculation(
  line: Partial<DeploymentInput>,
  fields: Partial<DeploymentInput>,
): Pick<DeploymentInput, 'speculative_config'> | undefined {
  if (line.speculative_config == null || fields.speculative_config == null) return undefined;
  return { speculative_config: { ...line.speculative_config, ...fields.speculative_config } };
}

function settingProblems(name: string, value: unknown): string[] {
  const result = serveSettings[name as keyof typeof serveSettings].safeParse(value);
  if (result.success) return [];
  return checkedProblems(serveSettings[name as keyof typeof serveSettings], value).map(({ path, at, message }) => {
    const flag = [`--${name.replaceAll('_', '-')}`, ...(at === 'key' ? path.slice(0, -1) : path)].join('.');
    return `${flag}: ${message}`;
  });
}

/** Where a setting was written: its field, else the serve line, else the deployment. */
export function whereOfSetting(source: StudySource, input: DeploymentInput, name: keyof DeploymentInput): string {
  const section = source.deployment ?? ['deployment'];
  const path: Path =
    input[name] !== undefined ? [...section, name] : input.serve === undefined ? section : [...section, 'serve'];
  return `${source.locate(path, 'value')} ${pathName(path)}`;
}
