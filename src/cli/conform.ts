/** `servesim conform`: one line a trace, exit code 1 if any deviates. */
import type { FileVerdict } from '../study/conform/conform.ts';
import { conformFile, verdictText } from '../study/conform/conform.ts';

export interface ConformArguments {
  readonly traces: readonly string[];
  readonly json: boolean;
}

export function conformCommand({ traces, json }: ConformArguments): number {
  const verdicts: FileVerdict[] = [];
  for (const trace of traces) {
    const verdict = conformFile(trace);
    verdicts.push(verdict);
    if (!json) process.stdout.write(`${trace}: ${verdictText(verdict)}\n`);
  }
  const totals = totalsOf(verdicts);
  process.stdout.write(
    json ? `${JSON.stringify({ ...totals, files: verdicts }, null, 2)}\n` : `${totalsText(totals)}\n`,
  );
  return totals.identical === verdicts.length ? 0 : 1;
}

interface Totals {
  readonly vllm: readonly string[];
  readonly identical: number;
  readonly differs: number;
  readonly not_supported: number;
  readonly identical_steps: number;
}

function totalsOf(verdicts: readonly FileVerdict[]): Totals {
  const having = (verdict: FileVerdict['verdict']) => verdicts.filter((each) => each.verdict === verdict).length;
  return {
    vllm: [...new Set(verdicts.map(({ vllm }) => vllm))].sort(),
    identical: having('identical'),
    differs: having('differs'),
    not_supported: having('not supported'),
    identical_steps: verdicts.reduce((sum, each) => sum + (each.verdict === 'identical' ? each.steps : 0), 0),
  };
}

function totalsText({ vllm, identical, differs, not_supported, identical_steps }: Totals): string {
  const files = identical + differs + not_supported;
  const rest = [
    differs > 0 ? `, ${differs} differ` : '',
    not_supported > 0 ? `, ${not_supported} not supported` : '',
  ].join('');
  return `${identical} of ${files} traces of vLLM ${vllm.join(', ')} identical (${identical_steps} steps)${rest}`;
}
