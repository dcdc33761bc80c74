/** A deployment given on the command line, as a study: a GPU and the words of a `vllm serve` line. */
import { applyOverrides, checkStudy, type LoadedStudy } from './load.ts';
import { shellQuote } from './shell-words.ts';

/** Requests do not matter to whoever asks about a deployment alone, but a study must have some. */
const ANY_WORKLOAD = { synthetic: 'chat', num_requests: 1 };

/**
 * The study of `vllm serve …` on `gpu`. A line may come as words or whole, in quotes. Assignments such as
 * `deployment.max_model_len=8192` win over it.
 */
export function studyOfServeLine(gpu: string, words: readonly string[], set: readonly string[]): LoadedStudy {
  const serve = words.length === 1 ? words[0]! : words.map(shellQuote).join(' ');
  const source = {
    fileName: 'command line',
    raw: { deployment: { gpu, serve }, workload: ANY_WORKLOAD },
    comment: null,
    locate: () => 'command line',
  };
  return applyOverrides(checkStudy(source), set);
}
