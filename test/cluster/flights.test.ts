import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Flight } from '../../src/cluster/flight.ts';
import { Flights } from '../../src/cluster/flights.ts';
import { request } from './fixtures.ts';

it('requests in flight are found by id, in order, however many come and whoever ends', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(), { nil: null, freq: 2 }), { maxLength: 400, size: 'max' }), (events) => {
      const flights = new Flights();
      const expected = new Map<number, Flight>();
      let sent = 0;
      for (const event of events) {
        if (event === null || expected.size === 0) {
          const flight = new Flight(request(sent++, 0, 1, 1), 0, null);
          flights.add(flight);
          expected.set(flight.id, flight);
        } else {
          const id = [...expected.keys()][event % expected.size]!;
          flights.remove(id);
          expected.delete(id);
        }
        expect(flights.first).toBe([...expected.values()][0]);
      }
      expect([...flights]).toEqual([...expected.values()]);
      for (let id = -1; id <= sent; id++) expect(flights.get(id)).toBe(expected.get(id));
    }),
  );
});
