/** The environment variable that tells the simulating processes where the queue is; it is not in the jobs, since it may hold a password. */
export const QUEUE_VARIABLE = 'SERVESIM_QUEUE';
