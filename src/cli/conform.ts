/** `servesim conform`: one line a file, exit code 1 if any deviates, 2 if any cannot be read. */
import { InputError } from '../core/input-error.ts';
import type { FileVerdict } from '../study/conform/conform.ts';
import { conformFile, verdictText } from '../study/conform/conform.ts';
import { compileSimulation } from './compiler.ts';

export interface ConformArguments {
  readonly traces: readonly string[];
  readonly json: boolean;
}

export function conformCommand({ traces, json }: ConformArguments): number {
  compileSimulation();
  const verdicts: FileVerdict[] = [];
  let unreadable = 0;
  for (const trace of traces) {
    const verdict = verdictOrError(trace);
    if (verdict instanceof InputError) {
      unreadable++;
      process.stderr.write(`servesim: ${verdict.message}\n`);
      continue;
    }
    verdicts.push(verdict);
    if (!json) process.stdout.write(`${trace}: ${verdictText(verdict)}\n`);
  }
  if (verdicts.length === 0) return 2;
  const totals = totalsOf(verdicts);
  if (json) process.stdout.write(`${JSON.stringify({ ...totals, files: verdicts }, null, 2)}\n`);
  else process.stdout.write(totalsText(verdicts));
  if (unreadable > 0) return 2;
  return totals.identical === verdicts.length ? 0 : 1;
}

/** One damaged file does not keep the others from being compared. */
function verdictOrError(trace: string): FileVerdict | InputError {
  try {
    return conformFile(trace);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

interface Totals {
  readonly vllm: readonly string[];
  readonly identical: number;
  readonly differs: number;
  readonly not_supported: number;
  readonly identical_steps: number;
  readonly identical_rows: number;
}

function totalsOf(verdicts: readonly FileVerdict[]): Totals {
  const having = (verdict: FileVerdict['verdict']) => verdicts.filter((each) => each.verdict === verdict);
  const identical = having('identical');
  return {
    vllm: [...new Set(verdicts.map(({ vllm }) => vllm))].sort(),
    identical: identical.length,
    differs: having('differs').length,
    not_supported: having('not supported').length,
    identical_steps: sum(identical.map((each) => ('steps' in each ? each.steps : 0))),
    identical_rows: sum(identical.map((each) => ('rows' in each ? each.rows : 0))),
  };
}

/** A line for the traces and a line for the files of KV capacities. */
function totalsText(verdicts: readonly FileVerdict[]): string {
  const kinds = [
    { noun: 'traces', parts: 'steps', of: verdicts.filter((each) => !('rows' in each)) },
    { noun: 'capacity files', parts: 'rows', of: verdicts.filter((each) => 'rows' in each) },
  ];
  return kinds
    .filter(({ of }) => of.length > 0)
    .map(({ noun, parts, of }) => {
      const { vllm, identical, differs, not_supported, identical_steps, identical_rows } = totalsOf(of);
      const rest = [
        differs > 0 ? `, ${differs} differ` : '',
        not_supported > 0 ? `, ${not_supported} not supported` : '',
      ].join('');
      // A file has steps or rows, so one of the two is 0.
      const compared = identical_steps + identical_rows;
      return `${identical} of ${of.length} ${noun} of vLLM ${vllm.join(', ')} identical (${compared} ${parts})${rest}\n`;
    })
    .join('');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
