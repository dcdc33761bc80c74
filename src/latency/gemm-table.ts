/**
 * Which measured GEMM table stands for which precision of weights on which GPU. Mostly the one of the same name;
 * exceptions say so in a note that goes into the results.
 */
import type { GemmCoefficients, KernelCoefficients } from '../catalog/kernels.ts';
import { QUANTIZATIONS, type Quantization } from '../catalog/quantization.ts';
import { InputError } from '../core/input-error.ts';

export interface GemmTable {
  readonly coefficients: GemmCoefficients;
  /** Kernels that quantise activations, around attention and in a dense feed-forward part. */
  readonly quantizationKernels: { readonly attention: number; readonly feedForward: number };
  /** What a reader must know about this choice. */
  readonly notes: readonly string[];
}

/** The table for the linear layers, or an error that names what the GPU has. */
export function gemmTable(kernels: KernelCoefficients, quantization: Quantization): GemmTable {
  const { name, note } = tableName(kernels, quantization);
  const coefficients = kernels.gemm[name];
  if (coefficients === undefined) {
    throw new InputError(
      `no measured matrix multiplication with ${quantization} weights on ${kernels.gpu}. ` +
        `Measured there: ${availableQuantizations(kernels).join(', ')}.`,
    );
  }
  const notes = [note, coefficients.note === '' ? '' : `${quantization} GEMM: ${coefficients.note}`];
  return {
    coefficients,
    quantizationKernels: name.endsWith('_wo') ? NONE : quantizationKernels(quantization),
    notes: notes.filter((text) => text !== ''),
  };
}

/** Precisions of weights that can be simulated on this GPU. */
export function availableQuantizations(kernels: KernelCoefficients): Quantization[] {
  return QUANTIZATIONS.filter((quantization) => kernels.gemm[tableName(kernels, quantization).name] !== undefined);
}

function tableName(kernels: KernelCoefficients, quantization: Quantization): { name: string; note: string } {
  const substitute = kernels.gemmSubstitutes[quantization];
  if (substitute !== undefined) return { name: substitute.table, note: substitute.note };
  switch (quantization) {
    case 'fp8':
    case 'fp8_block':
      if (kernels.gemm.fp8 === undefined && kernels.gemm.fp8_block === undefined) {
        // No FP8 units: vLLM keeps the weights in 8 bits and multiplies in bf16.
        const note = `${kernels.gpu} has no FP8 arithmetic: FP8 weights are priced as 8-bit weights with bf16 activations`;
        return { name: 'int8_wo', note: kernels.gemm.int8_wo === undefined ? '' : note };
      }
      return { name: quantization, note: '' };
    case 'int8':
    case 'int4':
      return { name: `${quantization}_wo`, note: '' };
    case 'bf16':
    case 'nvfp4':
    case 'mxfp4':
      return { name: quantization, note: '' };
  }
}

const NONE = { attention: 0, feedForward: 0 };

/**
 * Per tensor all but the one before the output projection are fused into the kernel before; blocks are quantised by
 * themselves before each of the four products.
 */
function quantizationKernels(quantization: Quantization): GemmTable['quantizationKernels'] {
  switch (quantization) {
    case 'fp8':
      return { attention: 1, feedForward: 0 };
    case 'fp8_block':
    case 'nvfp4':
      return { attention: 2, feedForward: 2 };
    case 'bf16':
    case 'int8':
    case 'int4':
    case 'mxfp4':
      return NONE;
  }
}
