/**
 * How the GPUs of a server reach each other. With NVLink there is nothing to choose. Over PCIe the server decides:
 * through a switch, or through the memory of the host, which takes 2.5 to 5 times as long for the messages of a decode
 * step on two public servers with the same GPU (github.com/ai-dynamo/aiconfigurator, RTX PRO 6000). The switch is the
 * default where it was measured; the choice is named in every result.
 */
import type { Collectives, KernelCoefficients, Link } from '../catalog/kernels.ts';
import { LINKS } from '../catalog/kernels.ts';
import { InputError } from '../core/input-error.ts';

/** What a user may say about a server without NVLink. */
export type Interconnect = Exclude<Link, 'nvlink'>;

export interface ChosenLink {
  readonly link: Link;
  readonly collectives: Collectives;
  /** What a reader must know about the choice. */
  readonly notes: readonly string[];
}

const WAY: Readonly<Record<Link, string>> = {
  nvlink: 'over NVLink',
  pcie_switch: 'through a PCIe switch',
  pcie_host: 'over PCIe through the host',
};

/** The measured link of that GPU, or an error that says why the asked one cannot be had; null: asked for none. */
export function chooseLink(kernels: KernelCoefficients, interconnect: Interconnect | null): ChosenLink | null {
  const measured = LINKS.filter((link) => kernels.collectives[link] !== undefined);
  if (interconnect !== null) refuseUnknown(kernels.gpu, interconnect, measured);
  const link = interconnect ?? measured[0];
  const collectives = link === undefined ? undefined : kernels.collectives[link];
  if (link === undefined || collectives === undefined) return null;
  const { note } = collectives;
  if (link === 'nvlink') return { link, collectives, notes: note === '' ? [] : [note] };
  const chosen = interconnect === null ? 'by default' : 'as configured';
  const way = `GPUs talk ${WAY[link]} (interconnect: ${link}, ${chosen})`;
  return { link, collectives, notes: [note === '' ? way : `${way}: ${note}`] };
}

function refuseUnknown(gpu: string, interconnect: Interconnect, measured: readonly Link[]): void {
  if (measured.includes(interconnect)) return;
  if (measured.includes('nvlink')) {
    throw new InputError(
      `interconnect: ${interconnect} was given, but ${gpu} GPUs are joined by NVLink. Leave interconnect out.`,
    );
  }
  const known = measured.length === 0 ? 'nothing was' : `measured there: ${measured.join(', ')}`;
  throw new InputError(`interconnect: no measured communication ${WAY[interconnect]} between ${gpu} GPUs; ${known}.`);
}
