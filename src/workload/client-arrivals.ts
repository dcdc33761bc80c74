/**
 * Many clients of very different weight, each with a renewal process of its own, merged in order of time. ServeGen
 * (arXiv 2505.09999) found production traffic to be of this form: a few clients dominate, some of them bursty, and the
 * rest add up to nearly Poisson traffic.
 */
import type { ArrivalLaw } from '../config/resolved.ts';
import { gamma, gammaResidual, type Sampler } from '../core/distributions.ts';
import { InputError } from '../core/input-error.ts';
import type { RandomStreams } from '../core/random.ts';

type ClientLaw = Extract<ArrivalLaw, { process: 'clients' }>;

interface Client {
  nextS: number;
  readonly gapS: Sampler;
}

/**
 * Arrival times in seconds. Shares are taken relative to their sum, so that `rate` is the rate of all clients together.
 * Each process is stationary from the start: its first arrival is a residual gap, as for clients that were there before
 * the simulation. Every client draws from a stream of its own, `arrivals/client-0` and on.
 */
export function clientArrivals(law: ClientLaw, rate: number, streams: RandomStreams): () => number {
  const clients = clientsOf(law, rate, streams);
  return () => {
    let next = clients[0]!;
    for (const client of clients) if (client.nextS < next.nextS) next = client;
    const nowS = next.nextS;
    next.nextS += next.gapS();
    return nowS;
  };
}

function clientsOf(law: ClientLaw, rate: number, streams: RandomStreams): Client[] {
  if (law.poisson_share > 0 && law.poisson_clients === 0) {
    throw new InputError(
      `arrivals: poisson_share is ${law.poisson_share}, but poisson_clients is 0; expected at least one client to send it.`,
    );
  }
  const light = { share: law.poisson_share / law.poisson_clients, shape: 1 };
  const all = [...law.clients, ...Array.from({ length: law.poisson_clients }, () => light)];
  const totalShare = all.reduce((sum, client) => sum + client.share, 0);
  const clients: Client[] = [];
  for (const [i, { share, shape }] of all.entries()) {
    if (share === 0) continue;
    const rng = streams(`arrivals/client-${i}`);
    const meanGapS = totalShare / (share * rate);
    clients.push({ nextS: gammaResidual(rng, shape, meanGapS)(), gapS: gamma(rng, shape, meanGapS) });
  }
  if (clients.length === 0) {
    throw new InputError('arrivals: no client has a share above 0; expected at least one in clients or poisson_share.');
  }
  return clients;
}
