/**
 * Environment variables written before `vllm serve`. Those of vLLM itself may change how the server runs, so only known
 * ones pass; those of other programs are listed as having no effect.
 */
import { InputError } from '../core/input-error.ts';

/** Variables of vLLM 0.33 (`vllm/envs.py`) about addresses, files, logs and start-up. */
const HARMLESS =
  /^VLLM_(LOGGING_.*|LOG_.*|CONFIGURE_LOGGING|CACHE_ROOT|CONFIG_ROOT|ASSETS_CACHE|HOST_IP|PORT|API_KEY|NO_USAGE_STATS|DO_NOT_TRACK|USAGE_.*|WORKER_MULTIPROC_METHOD|ENGINE_READY_TIMEOUT_S|RPC_.*|USE_MODELSCOPE|TRACE_.*|DEBUG_.*|ALLOW_RUNTIME_LORA_UPDATING|SERVER_DEV_MODE|KEEP_ALIVE_ON_ENGINE_DEATH|HTTP_TIMEOUT_KEEP_ALIVE|DISABLE_COMPILE_CACHE|TORCH_PROFILER_.*|PLUGINS)$/;

const V1_ONLY: Readonly<Record<string, string>> = { VLLM_USE_V1: '1', VLLM_ENABLE_V1_MULTIPROCESSING: '1' };

/** Returns the assignment if it has no effect here; throws, naming it, if it may. */
export function checkEnvironment(assignment: string): string {
  const name = assignment.slice(0, assignment.indexOf('='));
  const value = assignment.slice(name.length + 1);
  if (!name.startsWith('VLLM_') || HARMLESS.test(name) || V1_ONLY[name] === value) return assignment;
  if (name === 'VLLM_ALLOW_LONG_MAX_MODEL_LEN') {
    throw new InputError(
      `${assignment}: a context longer than the model's own is not modelled; write the longer limit into a config.json and give its path as the model`,
    );
  }
  throw new InputError(`${assignment}: what this variable changes in vLLM is not modelled; remove it`);
}
