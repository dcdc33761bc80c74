/** What the token times of one measured run show: its steps with their work, and the front end's. */
import { InputError } from '../../core/input-error.ts';
import type { OpenValidation } from '../validate/replay.ts';
import { type FrontEndFit, fitFrontEnd } from './front-end-fit.ts';
import { middleUs } from './measured-parts.ts';
import { joinedSteps, type StepLimits, type StepWindow, stepWindows } from './step-windows.ts';
import { type TimedRequest, tokenSteps } from './token-steps.ts';

/** Of the requests, the share that may have got several tokens at once. */
const MOST_IN_BURSTS = 0.05;

export interface SeenRun {
  readonly windows: readonly StepWindow[];
  /** The windows of the first and of the second half of the time. */
  readonly halves: readonly [readonly StepWindow[], readonly StepWindow[]];
  readonly unclearSteps: number;
  readonly frontEnd: FrontEndFit | null;
}

/** Reads the steps of a run; `name` stands for it in messages. Throws InputError where they cannot be told. */
export function seenRun(open: OpenValidation, name: string): SeenRun {
  const requests = timedRequests(open, name);
  const { engine } = open.run.deployment;
  const limits: StepLimits = {
    stepTokens: engine.max_num_scheduled_tokens,
    chunkTokens: engine.long_prefill_token_threshold || engine.max_num_scheduled_tokens,
    asyncScheduling: engine.async_scheduling,
  };
  const steps = tokenSteps(requests);
  const joined = joinedSteps(requests, steps, limits);
  const { windows, unclearSteps } = stepWindows(requests, steps, joined, limits);
  const middle = middleUs(open.measured.requests);
  return {
    windows,
    halves: [windows.filter(({ endUs }) => endUs < middle), windows.filter(({ endUs }) => endUs >= middle)],
    unclearSteps,
    frontEnd: fitFrontEnd(requests, steps, joined, limits),
  };
}

function timedRequests({ measured: { requests }, run }: OpenValidation, name: string): TimedRequest[] {
  const missing = requests.filter(({ tokenTimesUs }) => tokenTimesUs === null).length;
  if (missing > 0) {
    throw new InputError(
      `${name}: has no times of single tokens, from which step times of ${run.deployment.gpu.id} could be read. Measure ` +
        'with vllm bench serve --save-result --save-detailed.',
    );
  }
  const bursts = requests.filter(({ tokenTimesUs, outputTokens }) => tokenTimesUs!.length < outputTokens).length;
  if (bursts > MOST_IN_BURSTS * requests.length) {
    throw new InputError(
      `${name}: ${bursts} of ${requests.length} requests got several tokens at once, so single steps cannot be told. ` +
        'Measure without speculative decoding and without --stream-interval.',
    );
  }
  return requests.map((request) => ({ ...request, tokenTimesUs: request.tokenTimesUs! }));
}
