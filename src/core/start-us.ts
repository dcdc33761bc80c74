/**
 * The beginning of simulated time, to which fields are set that hold a time and are not told as they are: a float, so that
 * they are floats from the start. 2^31 microseconds are half an hour, and when a field outgrows a small integer V8 throws
 * away all code that was compiled for the small one.
 */
export const START_US = -0;
