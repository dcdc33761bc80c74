/** How often something happened in each whole second, in any order of time: eight bytes for every simulated second. */
import { START_US } from '../core/start-us.ts';

export class SecondCounter {
  private counts = new Float64Array(16);
  /** The second that was counted last, and when it begins and ends. */
  private second = 0;
  private fromUs = START_US;
  private toUs = START_US + 1e6;

  /** Most in one second. */
  get most(): number {
    return this.counts.reduce((most, count) => Math.max(most, count), 0);
  }

  /** It happened so many times at `timeUs`, counted from the beginning of the first second. */
  add(timeUs: number, times: number): void {
    if (timeUs < this.fromUs || timeUs >= this.toUs) this.moveTo(Math.floor(timeUs / 1e6));
    this.counts[this.second]! += times;
  }

  /** As `add` with each of the ascending times from `start` to before `end`, less `originUs`. */
  addEach(timesUs: Float64Array, start: number, end: number, originUs: number, times: number): void {
    for (let i = start; i < end; ) {
      const from = i;
      this.add(timesUs[i]! - originUs, 0);
      const untilUs = originUs + this.toUs;
      if (timesUs[end - 1]! < untilUs) i = end;
      while (i < end && timesUs[i]! < untilUs) i++;
      this.add(timesUs[from]! - originUs, (i - from) * times);
    }
  }

  private moveTo(second: number): void {
    this.second = second;
    this.fromUs = second * 1e6;
    this.toUs = this.fromUs + 1e6;
    if (second < this.counts.length) return;
    const larger = new Float64Array(Math.max(second + 1, 2 * this.counts.length));
    larger.set(this.counts);
    this.counts = larger;
  }
}
