/** Numbers of the segments that prompts of a synthetic workload are made of; equal numbers stand for equal tokens. */

/** Segment 0 is the end token's; the workload's shared prefix has this one. */
export const SHARED_PREFIX_SEGMENT = 1;

/** Shared prefixes of classes are numbered from here, one a class; what no other request has comes after them. */
export const OWN_SEGMENTS_FROM = 2;
