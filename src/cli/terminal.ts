/** What a terminal shows while something takes long: one line on stderr, and nothing where stderr is no terminal. */

const INTERVAL_MS = 100;

export interface ProgressLine {
  /** Shows the text; calls in quick succession are passed over. */
  show(text: () => string): void;
  clear(): void;
}

/** A progress line that rewrites itself. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  let shownAtMs = 0;
  return {
    show: (text) => {
      const nowMs = performance.now();
      if (nowMs - shownAtMs < INTERVAL_MS) return;
      shownAtMs = nowMs;
      stream.write(`\r\u001b[2K${text().slice(0, (stream.columns || 80) - 1)}`);
    },
    clear: () => {
      if (shownAtMs > 0) stream.write('\r\u001b[2K');
    },
  };
}

/** Whether to colour what goes to `stream`: only on a terminal, and not where NO_COLOR is set. */
export function wantsColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR;
}
