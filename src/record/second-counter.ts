/** How often something happened in each whole second, in any order of time: eight bytes for every simulated second. */

export class SecondCounter {
  private counts = new Float64Array(1024);
  /** Most in one second. */
  most = 0;
  /** The second that was counted last, and when it begins and ends. */
  private second = 0;
  private fromUs = 0;
  private toUs = 1e6;

  /** It happened so many times at `timeUs`, counted from the beginning of the first second. */
  add(timeUs: number, times: number): void {
    if (timeUs < this.fromUs || timeUs >= this.toUs) this.moveTo(Math.floor(timeUs / 1e6));
    const count = this.counts[this.second]! + times;
    this.counts[this.second] = count;
    if (count > this.most) this.most = count;
  }

  /** As `add` with each of the ascending times from `start` to before `end`, less `originUs`. */
  addEach(timesUs: Float64Array, start: number, end: number, originUs: number, times: number): void {
    for (let i = start; i < end; ) {
      const from = i;
      this.add(timesUs[i]! - originUs, 0);
      const untilUs = originUs + this.toUs;
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
