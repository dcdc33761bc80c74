/** Time of a message between the GPUs of a server, measured at sizes a factor of two apart. */
import type { MessageTable } from '../catalog/kernels.ts';

/** Linear in log-log between two rows; constant below the first row, with the last slope above the last. */
export function messageUs({ bytes, us }: MessageTable, size: number): number {
  if (size <= bytes[0]!) return us[0]!;
  let i = 0;
  while (i < bytes.length - 2 && size > bytes[i + 1]!) i++;
  const slope = Math.log(us[i + 1]! / us[i]!) / Math.log(bytes[i + 1]! / bytes[i]!);
  return us[i]! * (size / bytes[i]!) ** slope;
}
